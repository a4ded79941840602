"""The rules of the brokerage: pure values and functions, without clock, chance or I/O."""

from __future__ import annotations
