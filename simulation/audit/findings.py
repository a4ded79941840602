"""What an audit says in the end: how often each invariant was checked, and what broke it."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any, Final

import msgspec

from actors.domain.money import dollars

TITLES: Final = {
    "A01": "no cent is made or lost, at any boundary",
    "A02": "no share is made or lost, at any boundary",
    "A03": "held is what open orders still need, and is covered",
    "A04": "an order moves along TRANSITIONS and rests when closed",
    "A05": "each execution is applied exactly once, as it was made",
    "A06": "one transaction per execution, and the reverse",
    "A07": "cost basis and realised profit are right to the unit",
    "A10": "one order and one answer per command id",
    "A11": "folding the journal gives the live state",
    "A12": "executions lie inside market hours",
    "A13": "executions are at the quote, and none beyond its limit",
    "A14": "what a client was told is durable",
    "A16": "everything came to rest: answered, settled, confirmed",
    "A17": "refusals were justified, and enough orders accepted",
}
"""The invariants that are judged, by id."""

_NOT_JUDGED: Final = {"A11": "not judged here: it needs the living actors"}
_KEPT: Final = 100
_COLUMNS: Final = 80


class Funds(msgspec.Struct, frozen=True):
    """Cash of an account, and how much of it is held, in 1/10,000 USD."""

    cash: int
    held: int


class Finding(msgspec.Struct, frozen=True):
    """One breach of an invariant.

    Attributes:
        invariant: Its id.
        sentence: What is wrong, with the numbers.
        address: The actor whose fact, or the client whose message, shows it.
        at_us: When, on the runtime's clock; -1 for what shows at the end only.
        order_id: The order concerned, or empty.
        batch: Number of the last batch of the journal at that moment, from 1.
        fact: The fact or message itself, or empty.
        before: The account before that batch, if an account is concerned.
        after: The same account after it.
        journal: The last facts about the order concerned, oldest first.
    """

    invariant: str
    sentence: str
    address: str
    at_us: int
    order_id: str
    batch: int
    fact: str
    before: Funds | None = None
    after: Funds | None = None
    journal: tuple[str, ...] = ()


class Invariant(msgspec.Struct, frozen=True):
    """How one invariant fared; `checks` is 0 where nothing was there to be checked."""

    id: str
    title: str
    checks: int
    findings: int


class AuditResult(msgspec.Struct, frozen=True):
    """The verdict on a run.

    Attributes:
        invariants: Every invariant that is judged, in the order of the ids.
        findings: The first breaches in detail; all are counted in `invariants`.
    """

    invariants: list[Invariant]
    findings: list[Finding]

    @property
    def passed(self) -> bool:
        """Whether no invariant was broken."""
        return not self.total

    @property
    def total(self) -> int:
        """How many breaches there were, kept in detail or not."""
        return sum(invariant.findings for invariant in self.invariants)

    def to_json(self) -> dict[str, Any]:
        """Return what `audit.json` holds."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return {"passed": self.passed, **built}

    def render(self) -> str:
        """Show the verdict on a terminal of 80 columns."""
        lines = [f"{'':4}{'invariant':<57}{'checks':>10}{'broken':>9}"]
        lines += [_row(row) for row in self.invariants]
        for finding in self.findings:
            lines += ["", *_shown(finding)]
        hidden = self.total - len(self.findings)
        if hidden:
            lines += ["", f"... and {hidden:,} more"]
        return "\n".join(lines) + "\n"


class Findings:
    """Takes down breaches: counts all of them, keeps the first in detail."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(TITLES, 0)
        self.kept: list[Finding] = []

    def wants_detail(self, invariant: str) -> bool:
        """Count a breach, and tell whether its details are still of interest."""
        self.counts[invariant] += 1
        return len(self.kept) < _KEPT

    def result(self, checks: dict[str, int]) -> AuditResult:
        """Return the verdict.

        Args:
            checks: How often each invariant was checked; each breach was a check at least.
        """
        rows = [
            Invariant(id_, title, max(checks[id_], self.counts[id_]), self.counts[id_])
            for id_, title in TITLES.items()
        ]
        return AuditResult(rows, list(self.kept))


def _row(row: Invariant) -> str:
    if row.checks:
        return f"{row.id:4}{row.title:<57}{row.checks:>10,}{row.findings:>9,}"
    # What was not looked at must not pass for what was found to hold.
    why = _NOT_JUDGED.get(row.id, "never checked")
    beside = f"{row.id:4}{row.title:<57}{why:>19}"
    return beside if len(beside) <= _COLUMNS else f"{row.id:4}{row.title}\n{why:>{_COLUMNS}}"


def _shown(finding: Finding) -> list[str]:
    place = f"batch {finding.batch:,}, {finding.address or 'the whole run'}"
    if finding.at_us >= 0:
        place += f", at {finding.at_us / 1e6:,.6f} s"
    lines = [_wrapped(f"{finding.invariant} {finding.sentence}", ""), _wrapped(place, "    ")]
    if finding.before and finding.after:
        lines.append(_wrapped(_change(finding.before, finding.after), "    "))
    if finding.fact:
        lines.append(_wrapped(finding.fact, "    "))
    if finding.journal:
        lines.append("    journal of the order:")
        lines += [_wrapped(line, "      ") for line in finding.journal]
    return lines


def _change(before: Funds, after: Funds) -> str:
    return (
        f"cash {dollars(before.cash)} -> {dollars(after.cash)}, "
        f"held {dollars(before.held)} -> {dollars(after.held)}"
    )


def _wrapped(text: str, indent: str) -> str:
    return fill(text, _COLUMNS, initial_indent=indent, subsequent_indent=indent + "    ")


def shares(quantity: int, symbol: str) -> str:
    """Show a number of shares."""
    return f"{quantity:,} {symbol or 'share'}{'' if symbol or quantity == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """Join differences into one sentence."""
    return "; ".join(words)
