"""The parts that the time of a request divides into."""

from __future__ import annotations

from typing import Final

PARTS: Final = ("sending", "network", "mailbox", "worker", "service", "commit")
"""In the order in which they are spent; a part has its place's colour in every figure."""

OF_A_HOP: Final = PARTS[1:]
"""Those of each message; sending, which a request has once, is from its intended start."""
