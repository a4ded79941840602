"""Exploration: many small worlds with faults, each from a seed, and the smallest that fails."""

from __future__ import annotations

from simulation.explore.cast import REAL, Cast

__all__ = ["REAL", "Cast"]
