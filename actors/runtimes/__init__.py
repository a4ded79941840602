"""What serves mailboxes: the contract of a runtime, and the runtime on threads."""

from __future__ import annotations
