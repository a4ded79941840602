"""The command `search`: the orders of a recorded run, filtered, sorted, paged or summed up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.experiments import find_one_run
from scenarios.cli.options import ExampleCommand, out_option, run_argument
from scenarios.errors import InputError

if TYPE_CHECKING:
    from actors.domain.order_query import Cursor, OrderQuery, Sort
    from reports.order_search import RunOrders


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry search last --symbol AAPL --status EXECUTED --side BUY
    openoutcry search last --between 09:30 10:00 --sort value --limit 20
    openoutcry search last --account U000001 --sort time --ascending
    openoutcry search last --status REJECTED --by symbol
    openoutcry search last --by day --json
    openoutcry search opening-bell --limit 1000 --csv > orders.csv
    """,
)
@run_argument()
@click.option("--symbol", default="", metavar="TEXT", help="Of this stock.")
@click.option("--account", default="", metavar="TEXT", help="Of this account or user.")
@click.option("--status", metavar="WORD", help="PENDING, EXECUTED, CANCELLED, REJECTED, EXPIRED.")
@click.option("--side", metavar="WORD", help="BUY or SELL.")
@click.option(
    "--between", nargs=2, metavar="FROM UNTIL", help="Placed then, like 09:30 10:00; UNTIL is out."
)
@click.option(
    "--sort", default="time", metavar="KEY", help="time, symbol, quantity or value  [time]"
)
@click.option("--ascending", is_flag=True, help="Smallest or oldest first.")
@click.option("--limit", default=20, metavar="N", help="Rows of a page, 1 to 10,000  [20]")
@click.option("--after", metavar="END", help="The next page: what the page before ended with.")
@click.option("--by", metavar="WORD", help="Sum up instead, by symbol or day.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@out_option()
def search(run: str, out: Path, as_json: bool, as_csv: bool, **asked: Any) -> None:
    """Search the orders of a recorded run, the rejected ones included.

    RUN is a path, the start of an id, a scenario's name, `last` or `last~1`. Newest or largest
    first. In JSON and CSV, times are microseconds of the run and money is 1/10,000 USD. Needs
    DuckDB: pip install "openoutcry[sql]".
    """
    if as_json and as_csv:
        raise InputError("--json and --csv: choose one of the two")
    from actors.domain.order_query import InvalidQuery
    from reports.order_search_view import Shown

    folder = find_one_run(run, out)
    shown = Shown("json" if as_json else "csv" if as_csv else "table")
    with _open(folder) as orders:
        try:
            query, grouping = query_of(orders, asked)
        except InvalidQuery as error:
            raise InputError(f"search: {error}") from error
        if grouping is None:
            found = orders.search(query)
            check_known(orders, query, found.total)
            click.echo(shown.orders(found, orders, end_text(found.next)), nl=False)
        else:
            groups = orders.aggregate(query, grouping)
            check_known(orders, query, len(groups))
            click.echo(shown.groups(groups, grouping.value), nl=False)


def _open(folder: Path) -> RunOrders:
    """Open the orders of a run; a long one is sorted for searching first, once."""
    from reports.order_search import RunOrders
    from reports.order_search_index import index_of, is_worth_an_index, make_index, orders_in

    index = index_of(folder)
    if index is None and is_worth_an_index(folder):
        click.echo(f"sorting {orders_in(folder):,} orders for searching, once ...", err=True)
        try:
            index = make_index(folder)
        except OSError as error:
            click.echo(f"{folder}: searched as recorded, which takes longer: {error}", err=True)
    return RunOrders(folder, index)


def query_of(orders: RunOrders, asked: dict[str, Any]) -> tuple[OrderQuery, Any]:
    """Make the question of the options.

    Raises:
        InvalidQuery: An option cannot be meant so.
    """
    from actors.domain.order_query import Grouping, OrderQuery, Sort, word
    from actors.domain.orders import OrderStatus, OrderType

    since_us, until_us = _between(orders, asked["between"])
    sort = word(Sort, asked["sort"]) or Sort.TIME
    query = OrderQuery(
        address_of(asked["account"]), asked["symbol"], word(OrderStatus, asked["status"]),
        word(OrderType, asked["side"]), since_us, until_us, sort, not asked["ascending"],
        asked["limit"], cursor_of(asked["after"], sort),
    )  # fmt: skip
    return query, word(Grouping, asked["by"])


def _between(
    orders: RunOrders, times: tuple[str, str] | None
) -> tuple[int, int] | tuple[None, None]:
    from actors.domain.order_query import InvalidQuery

    if times is None:
        return None, None
    since_s, until_s = map(time_of_day_s, times)
    if since_s >= until_s:
        raise InvalidQuery(f"--between {times[0]} {times[1]}: the times are reversed")
    return orders.instant(since_s), orders.instant(until_s)


def time_of_day_s(text: str) -> int:
    """Read a time such as 09:30 or 15:59:59 as seconds after midnight.

    Raises:
        InvalidQuery: It is no time of day.
    """
    from actors.domain.order_query import InvalidQuery

    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text, re.ASCII)
    hours, minutes, seconds = map(int, found.groups("0")) if found else (99, 0, 0)
    total_s = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total_s > 86_400:
        raise InvalidQuery(f"--between: {text!r:.40} is no time of day; write 09:30 or 09:30:15")
    return total_s


def address_of(text: str) -> str:
    """Return the address of an account that is named in full, without `account/`, or by user."""
    if not text or "/" in text:
        return text
    user, _, number = text.rpartition("-")
    return f"account/{text}" if user and number.isdecimal() else f"account/{text}-1"


def end_text(end: Cursor | None) -> str:
    """Write the end of a page, for `--after`; empty on the last page."""
    return "" if end is None else f"{end.value}@{end.number}"


def cursor_of(text: str | None, sort: Sort) -> Cursor | None:
    """Read the end of a page.

    Raises:
        InvalidQuery: It is none.
    """
    from actors.domain.order_query import Cursor, InvalidQuery, Sort

    if text is None:
        return None
    value, _, number = text.rpartition("@")
    try:
        return Cursor(value if sort is Sort.SYMBOL else int(value), int(number))
    except ValueError as error:
        raise InvalidQuery(
            f"--after {text!r:.40}: give what the page before ended with, like 1200000@17"
        ) from error


def check_known(orders: RunOrders, query: OrderQuery, found: int) -> None:
    """Complain of a symbol or an account that no order has; only an empty answer is worth it."""
    if found:
        return
    from scenarios.suggest import did_you_mean

    for name, wanted in (("symbol", query.symbol), ("account", query.account)):
        known = orders.values_of(name) if wanted else [wanted]
        if wanted not in known:
            given, shown = _as_given(name, wanted), [_as_given(name, each) for each in known]
            like = _same_number(given, shown)
            hint = f"; did you mean '{like}'?" if like else did_you_mean(given, shown)
            what = "for it" if name == "symbol" else "of it"
            listed = f"; there {'is' if len(shown) == 1 else 'are'} {', '.join(shown[:8])}"
            more = ", ..." if len(shown) > 8 else ""
            raise InputError(
                f"--{name} {given}: no order of this run is {what}{hint or listed + more}"
            )


def _as_given(name: str, value: str) -> str:
    """Return a symbol, or an account as people name it."""
    return value.removeprefix("account/") if name == "account" else value


def _same_number(given: str, known: list[str]) -> str:
    """Return the account of the user whose number was given, if it is one that is known."""
    number, _, nth = given.rpartition("-")
    if not number.isdecimal() or not number.isascii():
        return ""
    return next((each for each in known if re.fullmatch(rf"U0*{number}-{nth}", each)), "")
