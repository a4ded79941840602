"""The audit: judges a run from what its actors recorded and its clients were told."""

from __future__ import annotations

import simulation.stop_orders  # noqa: F401 - the facts of runs name its price type
from simulation.audit.auditor import Auditor
from simulation.audit.bounds import Bounds
from simulation.audit.digest import Digest, judge_digests
from simulation.audit.findings import AuditResult, Finding, Invariant
from simulation.audit.journal_file import JournalError, JournalWriter, read_journal, replay

__all__ = [
    "AuditResult",
    "Auditor",
    "Bounds",
    "Digest",
    "Finding",
    "Invariant",
    "JournalError",
    "JournalWriter",
    "judge_digests",
    "read_journal",
    "replay",
]
