"""Lets the tests of this folder import the planted bugs as the package `planted`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
