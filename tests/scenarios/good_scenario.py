"""A scenario file that is right, to be spoilt."""

from __future__ import annotations

GOOD = """\
description = "Is this file good?"
duration = "10m"

[market]
symbols = 10
prices = { kind = "walk", ticks = "1/s" }

[users]
count = 100

[[load]]
shape = "constant-arrival-rate"
duration = "5m"
rate = "5/s"

[limits]
"latency.search.p99" = "< 100ms"
"""
