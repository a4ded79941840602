"""What an actor did at one hop, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from simulation.journeys import Hop

Fields = dict[str, Any]

_PER_DOLLAR: Final = 10_000


def exact_money(value: int) -> str:
    """Write 1/10,000 USD as dollars, with as many decimals as it takes but at least two."""
    dollars, rest = divmod(abs(value), _PER_DOLLAR)
    decimals = f"{rest:04}"
    decimals = decimals[:2] if decimals.endswith("00") else decimals
    return f"{'-' if value < 0 else ''}${dollars:,}.{decimals}"


def acts_of(hop: Hop) -> Iterator[str]:
    """Yield what became true by a hop, and what was sent, a sentence each."""
    for name, fact in hop.facts:
        say = _SENTENCES.get(name)
        yield f"{name}: {say(fact)}" if say else name
    if hop.others:
        yield f"and {hop.others} fact{'' if hop.others == 1 else 's'} about something else"
    sent = [f"{sent.message} to {sent.recipient}" for sent in hop.sends if sent.has_left]
    kept = [f"{sent.message} to {sent.recipient}" for sent in hop.sends if not sent.has_left]
    if sent:
        yield f"sends {', '.join(sent)}"
    if kept:
        yield f"never sends {', '.join(kept)}: it did not come to that"


def _placed(fact: Fields) -> str:
    if fact["order_type"] == "SELL":
        return f"holds {fact['hold']:,} shares, to be sold at {_price(fact)} or more"
    held = exact_money(fact["hold"])
    return f"holds {held}: {fact['quantity']:,} at {_price(fact)} at worst"


def _price(fact: Fields) -> str:
    return exact_money(fact["worst_price"])


def _refused(fact: Fields) -> str:
    reason = str(fact["reason"]).replace("_", " ")
    return f"{reason}; nothing is held"


def _settled(fact: Fields) -> str:
    trade = f"{fact['quantity']:,} at {exact_money(fact['price'])}"
    amount = exact_money(fact["amount"])
    if fact["order_type"] == "SELL":
        return f"receives {amount} ({trade}), profit {exact_money(fact['realised'])}"
    return f"pays {amount} ({trade}) out of what is held"


def _closed(fact: Fields) -> str:
    return f"{fact['status']}; what is left of the hold is released"


def _executed(fact: Fields) -> str:
    return f"{fact['quantity']:,} at {exact_money(fact['price'])}, the commit point"


def _entered(fact: Fields) -> str:
    return f"the book has it, {exact_money(fact['worst_price'])} at worst"


def _finished(fact: Fields) -> str:
    return f"{str(fact['ending']).replace('_', ' ')}, nothing executed"


_SENTENCES: Final[dict[str, Callable[[Fields], str]]] = {
    "OrderPlaced": _placed,
    "CommandRefused": _refused,
    "SubmitConfirmed": lambda _: "the book is known to have it",
    "CancelRequested": lambda _: "the customer wants it out",
    "ExecutionSettled": _settled,
    "OrderEnded": lambda _: "the book's last word is in",
    "OrderClosed": _closed,
    "OrderEntered": _entered,
    "OrderExecuted": _executed,
    "OrderFinished": _finished,
    "OrderDeferred": lambda _: "it waits for its session",
    "OrderTombstoned": lambda _: "the cancel was here first; the order will meet it",
    "ReportConfirmed": lambda _: "the account is known to have the report",
    "QuoteApplied": lambda fact: f"executes at {exact_money(fact['price'])} from here on",
    "CashDeposited": lambda fact: f"{exact_money(fact['amount'])} came in",
    "CashWithdrawn": lambda fact: f"{exact_money(fact['amount'])} went out",
}
