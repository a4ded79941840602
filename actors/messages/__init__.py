"""What actors say to each other and what they record: one file per conversation."""

from __future__ import annotations
