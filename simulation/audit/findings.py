"""What an audit says in the end: how often each invariant was checked, and what broke it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from textwrap import fill
from typing import Any, Final

import msgspec
from msgspec import Struct

from actors.domain.money import dollars

TITLES: Final = {
    "A01": "no cent is made or lost, at any boundary",
    "A02": "no share is made or lost, at any boundary",
    "A03": "held is what open orders still need, and is covered",
    "A04": "an order moves along TRANSITIONS and rests when closed",
    "A05": "each execution is applied exactly once, as it was made",
    "A06": "one transaction per execution, and the reverse",
    "A07": "cost basis and realised profit are right to the unit",
    "A08": "orders execute by price, then time, when they are due",
    "A09": "reads never go back, and say what the journal says",
    "A10": "one order and one answer per command id",
    "A11": "folding the journal gives the live state",
    "A12": "executions lie inside market hours",
    "A13": "executions are at the quote, and none beyond its limit",
    "A14": "what a client was told is durable",
    "A15": "a hold covers the worst price the book may use",
    "A16": "everything came to rest: answered, settled, confirmed",
    "A17": "refusals were justified, and enough orders accepted",
    "A19": "each journal has one writer, and epochs rise",
    "A20": "what clients saw of an account is linearizable",
    "A21": "nothing outgrows its bound",
    "A22": "the same seed gives the same digest",
    "A23": "each event that owes a notification is told once",
    "A24": "screens show prices that are hardly ever stale",
    "A25": "an account serves its user only, and closes empty",
}
"""The invariants that are judged, by id."""

_NOT_JUDGED: Final = {"A11": "not judged here: it needs the living actors"}
_OF_SEVERAL_RUNS: Final = frozenset({"A22"})  # no single run can be asked
_KEPT: Final = 100
_SHARES_SHOWN: Final = 5
_MONEY: Final = frozenset({
    "amount", "cash", "cost", "cost_after", "current_value", "limit_price", "price", "realised",
    "seen_price", "worst_price",
})  # fmt: skip
_COLUMNS: Final = 80


class Funds(msgspec.Struct, frozen=True):
    """Cash of an account, and how much of it is held, in 1/10,000 USD."""

    cash: int
    held: int


class Concerned(msgspec.Struct, frozen=True):
    """An account that a breach is about.

    Attributes:
        before: Its balances before the batch or message that shows the breach.
        after: The same afterwards.
        shares: Quantity, and how much of it is held, of each symbol, afterwards.
    """

    address: str
    before: Funds
    after: Funds
    shares: dict[str, tuple[int, int]] = {}


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
        accounts: Those concerned, that of the fact first.
        journal: The last facts about the order concerned, oldest first.
    """

    invariant: str
    sentence: str
    address: str
    at_us: int
    order_id: str
    batch: int
    fact: str
    accounts: tuple[Concerned, ...] = ()
    journal: tuple[str, ...] = ()

    def render(self) -> str:
        """Show it on a terminal of 80 columns."""
        return "\n".join(_shown(self)) + "\n"


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
            if id_ not in _OF_SEVERAL_RUNS
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
    lines += [_wrapped(_change(account), "    ") for account in finding.accounts]
    if finding.fact:
        lines.append(_wrapped(finding.fact, "    "))
    if finding.journal:
        lines.append(f"    journal of order {finding.order_id}:")
        lines += [_wrapped(line, "      ") for line in finding.journal]
    return lines


def _change(account: Concerned) -> str:
    before, after = account.before, account.after
    held = ", ".join(
        f"{quantity:,} {symbol} ({held:,} held)"
        for symbol, (quantity, held) in list(account.shares.items())[:_SHARES_SHOWN]
    )
    hidden = len(account.shares) - _SHARES_SHOWN
    more = f" and {hidden:,} symbols more" if hidden > 0 else ""
    return (
        f"{account.address}: cash {_step(before.cash, after.cash)}, "
        f"held {_step(before.held, after.held)}{'; then ' if held else ''}{held}{more}"
    )


def _step(before: int, after: int) -> str:
    return dollars(after) if before == after else f"{dollars(before)} -> {dollars(after)}"


def told_of(sentence: Struct, leave_out: str = "") -> str:
    """Show a fact or message in words: its name, then its fields."""
    fields = [
        f"{name} {_value(name, getattr(sentence, name))}"
        for name in sentence.__struct_fields__
        if name != leave_out
    ]
    return f"{type(sentence).__name__}: {', '.join(fields)}"


def _value(name: str, value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Struct):
        return f"({told_of(value)})"
    if isinstance(value, tuple):
        return f"({', '.join(_value(name, item) for item in value)})"
    if type(value) is int:
        return dollars(value) if name in _MONEY else f"{value}"
    return "-" if value is None else str(value) or "''"


def _wrapped(text: str, indent: str) -> str:
    return fill(text, _COLUMNS, initial_indent=indent, subsequent_indent=indent + "    ")


def shares(quantity: int, symbol: str) -> str:
    """Show a number of shares."""
    return f"{quantity:,} {symbol or 'share'}{'' if symbol or quantity == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """Join differences into one sentence."""
    return "; ".join(words)
