"""Planted bugs: subclasses that lose, repeat or forget something; the audit must see each."""

from __future__ import annotations
