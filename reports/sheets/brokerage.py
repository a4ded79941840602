"""Tables about actors and about the brokerage."""

from __future__ import annotations

from typing import Final

from reports import format as shown_as
from reports.figures import rejections_of, traded_of
from reports.sheets.sheet import (
    Cell,
    Column,
    Facts,
    Sheet,
    metric,
    metric_column,
    unit_in_words,
    word,
)
from simulation.metric_names import PROFIT, SPREAD

_ACTORS: Final = {
    "actors": "actors.{}.count", "messages": "actors.{}.messages",
    "share of workers": "actors.{}.worker_share", "busy, mean actor": "utilisation.{}",
    "restarts": "actors.{}.restarts", "dead letters": "actors.{}.dead_letters",
    "turned away": "actors.{}.refused",
}  # fmt: skip
_QUEUES: Final = {
    "mean": "queue.{}.mean", "p99": "queue.{}.p99", "max": "queue.{}.max",
    "deepest mailbox": "queue.{}.deepest", "counted, whole run": "littles_law.{}.waiting",
    "by Little's law": "littles_law.{}.expected", "difference": "littles_law.{}.difference",
}  # fmt: skip
_RETENTION: Final = "business.retention.day_"


def actors(facts: Facts) -> Sheet:
    """Return what each class of actors did, the busiest first."""
    return _by_class(facts, "actors", "Actors by class, the busiest first", _ACTORS)


def mailboxes(facts: Facts) -> Sheet:
    """Return what waited for each class of actors, with the check by Little's law."""
    caption = "Messages that wait in all mailboxes of a class, looked at once a second"
    return _by_class(facts, "mailboxes", caption, _QUEUES)


def _by_class(facts: Facts, name: str, caption: str, shown: dict[str, str]) -> Sheet:
    columns = [Column("class")]
    columns += [metric_column(title, key.format("Account")) for title, key in shown.items()]
    rows = [
        [word(kind), *(metric(facts, key.format(kind)) for key in shown.values())]
        for kind in shown_as.busiest(facts["metrics"])
    ]
    return Sheet(name, caption, columns, rows)


def orders(facts: Facts) -> Sheet:
    """Return how many orders users place, and how large they are."""
    rows = {
        "orders placed by an active user": "business.orders_per_user",
        "shares of an accepted order": "business.order_shares",
        "value of an executed order": "business.order_usd",
    }
    return _spread(facts, "orders", "Orders of a user, and their size", rows, SPREAD)


def holding(facts: Facts) -> Sheet:
    """Return how long shares were held."""
    rows = {"from buying a share to selling it": "holding"}
    return _spread(facts, "holding", "How long shares were held", rows, SPREAD)


def profit(facts: Facts) -> Sheet:
    """Return what accounts gained and lost."""
    rows = {
        "realised, by account that sold": "profit.realised",
        "unrealised, by account that holds shares": "profit.unrealised",
    }
    return _spread(facts, "profit", "Profit and loss across accounts", rows, PROFIT)


def _spread(
    facts: Facts, name: str, caption: str, shown: dict[str, str], statistics: tuple[str, ...]
) -> Sheet:
    rows = [
        [Cell(f"{title} ({unit_in_words(f'{key}.max')})", title),
         *(metric(facts, f"{key}.{statistic}") for statistic in statistics)]
        for title, key in shown.items()
        if f"{key}.max" in facts["metrics"]
    ]  # fmt: skip
    return Sheet(name, caption, [Column("of"), *map(Column, statistics)], rows)


def rejections(facts: Facts) -> Sheet:
    """Return the reasons for which requests were rejected."""
    columns = [Column("reason"), Column("requests", "requests"), Column("of all", "share")]
    rows = [
        [word(row.name), *(metric(facts, f"rejections.{row.name}.{what}")
                           for what in ("count", "share"))]
        for row in rejections_of(facts["metrics"])
    ]  # fmt: skip
    return Sheet("rejections", "The most frequent first", columns, rows)


def traded(facts: Facts) -> Sheet:
    """Return the ten most traded stocks."""
    columns = [
        Column("symbol"), Column("shares", "shares"), Column("volume", "1/10,000 USD"),
        Column("of all", "share"),
    ]  # fmt: skip
    whole = facts["metrics"].get("business.volume_usd") or 1
    rows = [
        [word(row.name), metric(facts, f"traded.{row.name}.shares"),
         metric(facts, f"traded.{row.name}.turnover"), Cell(row.value / whole, row.text)]
        for row in traded_of(facts["metrics"])
    ]  # fmt: skip
    return Sheet("traded", "By volume in USD", columns, rows)


def books(facts: Facts) -> Sheet:
    """Return how many limit orders waited."""
    statistics = ("mean", "max")
    rows = [
        [word(side), *(metric(facts, f"books.{side}.{s}") for s in statistics)]
        for side in ("buy", "sell")
        if f"books.{side}.max" in facts["metrics"]
    ]
    columns = [Column("side"), *(Column(s, "orders") for s in statistics)]
    return Sheet("books", "Limit orders that wait in all order books together", columns, rows)


def retention(facts: Facts) -> Sheet:
    """Return which users came back on later days."""
    days = sorted(
        int(name.removeprefix(_RETENTION)) for name in facts["metrics"]
        if name.startswith(_RETENTION)
    )  # fmt: skip
    rows = [
        [Cell(day, f"{day} {'day' if day == 1 else 'days'}"), metric(facts, f"{_RETENTION}{day}")]
        for day in days
    ]
    columns = [Column("after", "days"), Column("came back", "share")]
    return Sheet("retention", "Users who came back so long after their first day", columns, rows)
