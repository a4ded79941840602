"""The audit: judges a run from what its actors recorded and its clients were told."""

from __future__ import annotations

from simulation.audit.auditor import Auditor
from simulation.audit.digest import Digest
from simulation.audit.findings import AuditResult, Finding, Invariant
from simulation.audit.journal_file import JournalError, JournalWriter, read_journal, replay

__all__ = [
    "AuditResult",
    "Auditor",
    "Digest",
    "Finding",
    "Invariant",
    "JournalError",
    "JournalWriter",
    "read_journal",
    "replay",
]
