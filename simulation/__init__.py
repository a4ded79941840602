"""The experiment: virtual time, workload, prices, recording and audit."""

from __future__ import annotations
