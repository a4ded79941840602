"""The answers: metrics, tables, figures and pages, made from a recorded run alone."""

from __future__ import annotations
