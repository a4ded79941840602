"""What a run takes of its machine: processor time and memory, of its process and its witness."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import Any, Final

_STATUS: Final = Path("/proc/self/status")
_FORGET_PEAK: Final = Path("/proc/self/clear_refs")
_UNIT: Final = 1 if sys.platform == "darwin" else 1_024  # of `ru_maxrss`, in bytes


class OwnCost:
    """Measures from its making on; the peak of memory is that of the process where it cannot."""

    def __init__(self) -> None:
        _forget_peak()
        self._begun_s = time.process_time()
        self._children_s = _children_s()

    def taken(self) -> dict[str, Any]:
        """Return seconds of processor time and bytes at the peak; zeros for what was not there.

        Children are those that have ended, such as a witness.
        """
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        witness_s = _children_s() - self._children_s
        return {
            "processor_s": time.process_time() - self._begun_s,
            "peak_bytes": _peak_bytes(),
            "witness_processor_s": witness_s,
            "witness_peak_bytes": children.ru_maxrss * _UNIT if witness_s > 0 else 0,
        }


def _children_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _forget_peak() -> None:
    """Let the peak count from now on, where the kernel can: a process may play many runs."""
    try:
        _FORGET_PEAK.write_text("5", encoding="ascii")
    except OSError:
        return


def _peak_bytes() -> int:
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    peak = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), "")
    if peak:
        return int(peak) * 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
