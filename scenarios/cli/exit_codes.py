"""What the exit status of `openoutcry` says."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The verdict of a command, for scripts."""

    GOOD = 0
    BUG = 1
    BAD_INPUT = 2
    LIMIT_MISSED = 3
    AUDIT_FAILED = 4
    REGRESSION = 5
    INTERRUPTED = 130
    NOBODY_READS = 141  # 128 + SIGPIPE: what a shell says of `git log` in `git log | head -1`
