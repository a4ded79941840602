"""The questions: scenario files, the models that validate them, and the command line."""

from __future__ import annotations
