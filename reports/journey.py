"""One order from the click to settled cash: as text, and as a waterfall."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

from reports.format import duration, time_of_day
from reports.journey_words import acts_of, exact_money
from reports.parts import OF_A_HOP
from simulation.journeys import Hop, Journey

WIDTH: Final = 80
PART_WORDS: Final = {
    "network": "on the network", "mailbox": "waits for the actor",
    "worker": "waits for a worker", "service": "is handled", "commit": "until it is durable",
}  # fmt: skip

_INDENT: Final = " " * 15
_US_PER_S: Final = 1_000_000
_QUIET_S: Final = 1.0  # a pause that is worth a line of its own
_LONG_S: Final = 60.0
_CLIENT: Final = "client"


def text_of(journey: Journey) -> str:
    """Tell a journey in lines of at most 80 characters."""
    lines = [*_head(journey), "", *_money(journey), "", *_way(journey), "", *_sum(journey)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def latency_s(journey: Journey) -> float | None:
    """Return the time from the intended start to the answer; None without an answer."""
    request = journey.request
    if request["answered_us"] < 0:
        return None
    return float(request["answered_us"] - request["intended_us"]) / _US_PER_S


def since_click_s(journey: Journey, at_s: float) -> float:
    """Return how long after the click an instant is."""
    return float(at_s - journey.request["intended_us"] / _US_PER_S)


def _head(journey: Journey) -> Iterator[str]:
    order, request = journey.order, journey.request
    at = clock_time(journey, request["intended_us"] / _US_PER_S)
    if order is None:
        yield f"command {request['command_id']}: {_wish(request)}, meant for {at}"
        yield f"{request['status']}{': ' if request['reason'] else ''}{request['reason']}"
        return
    side, price_type = order["order_type"], order["price_type"].lower()
    at_price = "" if price_type == "market" else f" {exact_money(order['worst_price'])}"
    yield f"{order['order_id']}: {side} {order['quantity']} {order['symbol']}, " + (
        f"{price_type}{at_price}, meant for {at}"
    )
    if order["executed"]:
        paid = exact_money(order["executed"] * order["price"])
        each = exact_money(order["price"])
        yield f"{order['status']}: {order['executed']} shares at {each}, {paid} in all"
    else:
        yield order["status"]


def _wish(request: dict[str, Any]) -> str:
    symbol = f" {request['symbol']}" if request["symbol"] else ""
    return f"{request['operation']}{symbol} of user {request['user']}"


def _money(journey: Journey) -> Iterator[str]:
    """Tell what became of the money, or of the shares that a sell held."""
    lines = list(_moves(journey))
    if not lines:
        yield "no money moved"
    for what, amount, when in lines:
        yield f"  {what:<10} {amount:>20}  {when}"
    balances = [hop for hop in journey.hops if hop.cash is not None]
    if balances:
        cash, held = balances[-1].cash or 0, balances[-1].held or 0
        after = f"{exact_money(cash)}, of it {exact_money(held)} held for open orders"
        yield f"  {'cash then':<10} {after}"


def _moves(journey: Journey) -> Iterator[tuple[str, str, str]]:
    left = 0  # of what is held, in money or shares
    for hop in in_time(journey):
        for name, fact in hop.facts:
            when = f"{_after(journey, hop.at_s)} after the click"
            if name == "OrderPlaced":
                left = fact["hold"]
                yield "held", _amount(journey, left), when
            elif name == "ExecutionSettled":
                is_buy = fact["order_type"] == "BUY"
                left -= fact["amount"] if is_buy else fact["quantity"]
                yield ("paid" if is_buy else "received"), exact_money(fact["amount"]), when
                if not is_buy:
                    yield "profit", exact_money(fact["realised"]), "against its average cost"
            elif name == "OrderClosed" and left:
                yield "released", _amount(journey, left), when


def _amount(journey: Journey, value: int) -> str:
    if journey.order is not None and journey.order["order_type"] == "SELL":
        return f"{value:,} share{'' if value == 1 else 's'}"
    return exact_money(value)


def _way(journey: Journey) -> Iterator[str]:
    """Tell each hop: when, who, what, what it took, and what changed."""
    before_s = journey.request["intended_us"] / _US_PER_S
    sent: set[str] = set()
    for hop in in_time(journey):
        again = hop.cause < 0 and hop.message in sent and hop.sender == _CLIENT
        sent |= {hop.message} if hop.sender == _CLIENT else set()
        if hop.sent_s - before_s > _QUIET_S:
            yield f"{'':>13}  ... {duration(hop.sent_s - before_s)} later"
        before_s = max(before_s, hop.at_s + hop.commit_s)
        title = f"{title_of(hop)}, sent again" if again else title_of(hop)
        yield f"{_after(journey, hop.at_s):>13}  {title}"
        for sentence in (_took(hop), *acts_of(hop)):
            yield from textwrap.wrap(
                sentence, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "  ",
                break_on_hyphens=False,
            )  # fmt: skip


def in_time(journey: Journey) -> list[Hop]:
    """Return the hops in the order in which they ended."""
    return sorted(journey.hops, key=lambda hop: (hop.at_s, hop.number))


def title_of(hop: Hop) -> str:
    """Name a hop: who takes what, and from whom."""
    origin = f" from {hop.sender}" if hop.sender else ""
    match hop.outcome:
        case "told":
            return f"{hop.actor} is told {hop.message}{origin}"
        case "crashed":
            return f"{hop.actor} crashes with {hop.message}{origin}"
        case "lost":
            return f"{hop.message}{origin} is lost: nobody is there"
    if not hop.message:
        return f"{hop.actor} comes back from its journal"
    if hop.sender == hop.actor:
        return f"{hop.actor} reminds itself ({hop.message})"
    return f"{hop.actor} takes {hop.message}{origin}"


def parts_of(hop: Hop) -> dict[str, float]:
    """Return the parts of a hop in seconds, in the order in which they are spent."""
    times = (hop.network_s, hop.mailbox_s, hop.worker_s, hop.service_s, hop.commit_s)
    return dict(zip(OF_A_HOP, times, strict=True))


def _took(hop: Hop) -> str:
    parts = [f"{name} {duration(time)}" for name, time in parts_of(hop).items() if time > 0]
    since = " since the tick was due" if hop.cause < 0 and hop.message == "PriceChanged" else ""
    return f"{', '.join(parts) or 'no time'}{since}"


def _sum(journey: Journey) -> Iterator[str]:
    """Tell the latency, and where it went, as it was recorded."""
    latency, request = latency_s(journey), journey.request
    if latency is None:
        yield "no answer has come"
        return
    parts = {name: request[f"{name}_us"] for name in OF_A_HOP}
    yield f"answered {duration(latency)} after the click"
    if min(parts.values()) < 0:
        yield "  by what another command or a tick had caused: it has no parts of its own"
        return
    for name, time_us in parts.items():
        share = 100 * time_us / (latency * _US_PER_S) if latency else 0.0
        yield f"  {name:<8} {duration(time_us / _US_PER_S):>9} {share:>5.1f} %"


def _after(journey: Journey, at_s: float) -> str:
    """Write how long after the click an instant is; to the microsecond within a minute."""
    after_s = since_click_s(journey, at_s)
    return f"{after_s * 1_000:,.3f} ms" if after_s < _LONG_S else duration(after_s)


def clock_time(journey: Journey, at_s: float) -> str:
    """Write an instant as a time of its day, such as `09:30:01.234567`."""
    whole, rest = divmod(round(at_s * _US_PER_S), _US_PER_S)
    return f"{time_of_day(journey.starts_at_s + whole, with_seconds=True)}.{rest:06}"
