"""How found orders read: a table within 80 columns, JSON, or CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final, Literal

from rich.console import Console
from rich.table import Table

from actors.domain.order_query import COLUMNS
from reports.format import count, money

if TYPE_CHECKING:
    from actors.domain.order_query import Group
    from reports.order_search import FoundOrders, RunOrders

WIDTH: Final = 80
_GROUP_COLUMNS: Final = ("orders", "quantity", "executed", "volume", "average_price")


class Shown:
    """Writes what was found.

    Args:
        form: What it is written as.
    """

    def __init__(self, form: Literal["table", "json", "csv"]) -> None:
        self._form = form

    def orders(self, found: FoundOrders, orders: RunOrders, end: str) -> str:
        """Write a page of orders, and how to get the next one.

        Args:
            found: The page.
            orders: Where it was found.
            end: What the page ends with; empty on the last one.
        """
        if self._form == "json":
            content = {"total": found.total, "next": end or None, "orders": found.rows}
            return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        if self._form == "csv":
            return _csv(COLUMNS, [list(row.values()) for row in found.rows])
        if not found.total:
            return "no order of this run fits\n"
        more = f"; the next page: --after {end}" if end else ""
        shown = f"{count(len(found.rows))} of {count(found.total)} orders{more}\n"
        return _order_table(found, orders) + shown

    def groups(self, groups: list[Group], by: str) -> str:
        """Write sums by symbol or by day."""
        rows = [[group.key, *(getattr(group, name) for name in _GROUP_COLUMNS)] for group in groups]
        columns = (by, *_GROUP_COLUMNS)
        if self._form == "json":
            content = [dict(zip(columns, row, strict=True)) for row in rows]
            return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        if self._form == "csv":
            return _csv(columns, rows)
        return _group_table(groups, by) if groups else "no order of this run fits\n"


def _order_table(found: FoundOrders, orders: RunOrders) -> str:
    table = _table("placed", "account", "symbol", "side", "shares>", "price>", "status")
    for row in found.rows:
        kind = row["price_type"].removesuffix("_MARKET")  # a stop order is one at market, later
        price = row["price"] or (row["worst_price"] if kind != "STOP" else 0)
        table.add_row(
            orders.time_of_day(row["placed_us"]), row["account"].removeprefix("account/"),
            row["symbol"], f"{row['order_type']} {kind}", count(row["quantity"]),
            money(price) if price else "–", row["reason"] or row["status"].lower(),
        )  # fmt: skip
    return _text(table)


def _group_table(groups: list[Group], by: str) -> str:
    table = _table(by, "orders>", "shares>", "executed>", "volume>", "average price>")
    for group in groups:
        table.add_row(
            group.key, count(group.orders), count(group.quantity), count(group.executed),
            money(group.volume), money(group.average_price),
        )  # fmt: skip
    return _text(table)


def _table(*heads: str) -> Table:
    """Make a table; a head that ends with `>` is of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head in heads:
        table.add_column(
            head.removesuffix(">"),
            justify="right" if head.endswith(">") else "left",
            overflow="fold",
            no_wrap=head.endswith(">"),
        )
    return table


def _text(table: Table) -> str:
    out = io.StringIO()
    Console(file=out, width=WIDTH, highlight=False, markup=False).print(table)
    lines = (line.rstrip() for line in out.getvalue().splitlines())
    return "\n".join(lines) + "\n"


def _csv(heads: tuple[str, ...], rows: list[list[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return out.getvalue()
