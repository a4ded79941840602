"""What must be true of a workload file's rows; every mistake with its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simulation.records import OPERATIONS
from simulation.workload.columns import (
    ALWAYS,
    NEEDED_BY,
    ORDERS,
    PLACE,
    PRICE_TYPES,
    RANGES,
    SIDES,
    SPOKEN,
    spoken,
)
from simulation.workload.details import DETAILED, wanted_instead
from simulation.workload.reading import EMPTY, MOST_MISTAKES, Rows, refuse
from simulation.workload.workload import (
    CANCEL,
    DEPOSIT,
    INTRUDE,
    NONE,
    OPEN_ACCOUNT,
    PLACE_MARKET,
    REMOVE_ALERT,
    SET_ALERT,
    UNDO,
    Flags,
    Int8s,
    Int64s,
)

UNKNOWN = -2


def operation_codes(rows: Rows) -> Int8s:
    """Translate operations, orders by their price type; `UNKNOWN` for any other text."""
    places = {name: code for code, name in enumerate(SPOKEN) if name != PLACE}
    codes = rows.texts["operation"].recoded({**places, PLACE: PLACE_MARKET}, UNKNOWN)
    priced = rows.texts["price_type"].recoded(dict(zip(PRICE_TYPES, ORDERS, strict=True)), NONE)
    others = (codes == PLACE_MARKET) & (priced != NONE)
    codes[others] = priced[others]
    return codes.astype(np.int8)


def symbol_codes(rows: Rows, symbols: Sequence[str]) -> Int64s:
    """Translate symbols; -1 for none, `UNKNOWN` for one that is not listed."""
    places = {symbol: number for number, symbol in enumerate(symbols)}
    return rows.texts["symbol"].recoded({**places, "": NONE}, UNKNOWN)


def side_codes(rows: Rows) -> Int64s:
    """Translate sides; -1 for none, `UNKNOWN` for any other text."""
    return rows.texts["side"].recoded({"BUY": 0, "SELL": 1, "": NONE}, UNKNOWN)


class _Mistakes:
    """Mistakes found so far, by row; of a field that is wrong in several ways, the first."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.found: list[tuple[int, str]] = []
        self.fields: set[tuple[int, str]] = set()

    def add(self, column: str, bad: Flags, say: Callable[[int], str]) -> None:
        for row in np.flatnonzero(bad)[: MOST_MISTAKES + 1].tolist():
            if (row, column) not in self.fields:
                self.fields.add((row, column))
                self.found.append((row, f"{self.rows.where(row)}: column {column}: {say(row)}"))


def check(rows: Rows, operation: Int8s, symbol: Int64s, side: Int64s) -> None:
    """Check all rows.

    Raises:
        WorkloadError: Some are wrong; a line for each mistake, 20 at most.
    """
    mistakes = _Mistakes(rows)
    unpriced = _check_words(mistakes, operation, symbol, side)
    for name in ALWAYS:
        _check_range(mistakes, name, np.ones(len(rows), dtype=bool), lambda _: "every command")
    _check_needs(mistakes, np.where(unpriced, UNKNOWN, operation).astype(np.int8), symbol, side)
    _check_order(mistakes)
    _check_identity(mistakes, operation)
    _check_details(mistakes, operation)
    _check_accounts(mistakes, operation)
    if mistakes.found:
        refuse([text for _, text in sorted(mistakes.found, key=lambda found: found[0])])


def _check_words(mistakes: _Mistakes, operation: Int8s, symbol: Int64s, side: Int64s) -> Flags:
    """Check all words, and return which orders have no price type that says what they need."""
    texts = mistakes.rows.texts
    known = ", ".join(dict.fromkeys(SPOKEN))
    mistakes.add(
        "operation",
        operation == UNKNOWN,
        lambda row: f"{texts['operation'].at(row)!r} is unknown; it must be one of {known}",
    )
    mistakes.add(
        "symbol",
        symbol == UNKNOWN,
        lambda row: f"{texts['symbol'].at(row)!r} is not a listed symbol of this run",
    )
    mistakes.add(
        "side",
        side == UNKNOWN,
        lambda row: f"{texts['side'].at(row)!r} is unknown; it must be {' or '.join(SIDES)}",
    )
    return _check_price_types(mistakes, operation)


def _check_price_types(mistakes: _Mistakes, operation: Int8s) -> Flags:
    words = mistakes.rows.texts["price_type"]
    places = {word: number for number, word in enumerate(PRICE_TYPES)}
    code = words.recoded({**places, "": NONE}, UNKNOWN)
    orders = np.isin(operation, ORDERS)
    choice = " or ".join(PRICE_TYPES)
    unknown: Flags = (code == UNKNOWN) | (orders & (code == NONE))
    mistakes.add(
        "price_type",
        unknown,
        lambda row: f"{words.at(row)!r} is unknown; an order must be {choice}",
    )
    mistakes.add(
        "price_type",
        ~orders & (code >= 0) & (operation != UNKNOWN),
        lambda row: f"{words.at(row)} does not belong to {spoken(operation[row])}",
    )
    return unknown


def _check_needs(mistakes: _Mistakes, operation: Int8s, symbol: Int64s, side: Int64s) -> None:
    numbers, texts = mistakes.rows.numbers, mistakes.rows.texts
    present = {
        "symbol": symbol != NONE,
        "side": side != NONE,
        "query": texts["query"].recoded({"": 0}, 1) == 1,
        "detail": texts["detail"].recoded({"": 0}, 1) == 1,
        **{name: numbers[name] != RANGES[name].empty for name in NEEDED_BY if name in RANGES},
    }
    for name, operations in NEEDED_BY.items():
        needs = np.isin(operation, operations)
        _check_superfluous(mistakes, name, present[name] & ~needs, operation)
        if name == "seen_price":
            needs &= present[name]
        elif name == "amount":
            needs &= present[name] | (operation != UNDO)
        if name in RANGES:
            _check_range(mistakes, name, needs, lambda row: spoken(operation[row]))
        else:
            _check_missing(mistakes, name, needs & ~present[name], operation)


def _check_missing(mistakes: _Mistakes, name: str, bad: Flags, operation: Int8s) -> None:
    mistakes.add(name, bad, lambda row: f"is empty; {spoken(operation[row])} needs it")


def _check_superfluous(mistakes: _Mistakes, name: str, bad: Flags, operation: Int8s) -> None:
    def say(row: int) -> str:
        value = mistakes.rows.numbers[name][row] if name in RANGES else ""
        return f"{value} does not belong to {spoken(operation[row])}; leave it empty".lstrip()

    mistakes.add(name, bad & (operation != UNKNOWN), say)


def _check_range(mistakes: _Mistakes, name: str, needs: Flags, who: Callable[[int], str]) -> None:
    values, limits = mistakes.rows.numbers[name], RANGES[name]

    def say(row: int) -> str:
        needed = f"{who(row)} needs {limits.least} to {limits.most}"
        if values[row] in (EMPTY, limits.empty):
            return f"is empty or {limits.empty or 0}; {needed}"
        return f"{values[row]} is out of range; {needed}"

    mistakes.add(name, needs & ((values < limits.least) | (values > limits.most)), say)


def _check_order(mistakes: _Mistakes) -> None:
    at_us, limits = mistakes.rows.numbers["intended_us"], RANGES["intended_us"]
    is_time = (at_us >= limits.least) & (at_us <= limits.most)
    back = np.zeros(len(at_us), dtype=bool)
    back[1:] = (at_us[1:] < at_us[:-1]) & is_time[:-1]
    mistakes.add(
        "intended_us",
        back,
        lambda row: f"{at_us[row]} is before {at_us[row - 1]}; rows must be in order of time",
    )


def _check_identity(mistakes: _Mistakes, operation: Int8s) -> None:
    """Check that command ids are unique and cancels name an order that stands before them."""
    ids, target = mistakes.rows.numbers["command_id"], mistakes.rows.numbers["target"]
    order = np.argsort(ids, kind="stable")
    again = np.zeros(len(ids), dtype=bool)
    again[order[1:]] = ids[order[1:]] == ids[order[:-1]]
    mistakes.add("command_id", again, lambda row: f"{ids[row]} stands in an earlier row already")
    if not len(ids):
        return
    place = np.minimum(np.searchsorted(ids[order], target), len(ids) - 1)
    row = order[place]
    is_earlier = (ids[row] == target) & (row < np.arange(len(ids)))
    # A row whose operation cannot be read may well be the order that is meant.
    is_order = is_earlier & np.isin(operation[row], (*ORDERS, UNKNOWN))
    mistakes.add(
        "target",
        (operation == CANCEL) & (target >= 0) & ~is_order,
        lambda row: f"{target[row]} is not the command id of an earlier order",
    )
    is_alert = is_earlier & (operation[row] == SET_ALERT) & _is_of_one_account(mistakes, row)
    mistakes.add(
        "target",
        (operation == REMOVE_ALERT) & (target >= 0) & ~is_alert,
        lambda row: f"{target[row]} is not the command id of an earlier alert of the account",
    )
    _check_undone(mistakes, operation, row, is_order, is_earlier & (operation[row] == DEPOSIT))


def _check_undone(
    mistakes: _Mistakes, operation: Int8s, undone: Int64s, is_order: Flags, is_deposit: Flags
) -> None:
    """Check that an undo names an earlier order or deposit of its account, and its amount.

    Args:
        mistakes: Takes what is found.
        operation: Of each row.
        undone: The row that each row's target names, if any does.
        is_order: Whether that is an earlier order.
        is_deposit: Whether that is an earlier deposit.
    """
    numbers = mistakes.rows.numbers
    target, amount = numbers["target"], numbers["amount"]
    undoes = (operation == UNDO) & (target >= 0)
    is_own = (is_order | is_deposit) & _is_of_one_account(mistakes, undone)
    mistakes.add(
        "target",
        undoes & ~is_own,
        lambda row: f"{target[row]} is no command id of an earlier order or deposit of the account",
    )
    brought = np.where(is_deposit, amount[undone], 0)
    mistakes.add(
        "amount",
        undoes & is_own & (amount != brought) & (brought >= 0),
        lambda row: f"is {amount[row]}; what it undoes brought {brought[row]}",
    )


def _is_of_one_account(mistakes: _Mistakes, other: Int64s) -> Flags:
    """Tell which rows are of the same account as another row each."""
    account = mistakes.rows.numbers["account"]
    same: Flags = account == account[other]
    return same


def _check_details(mistakes: _Mistakes, operation: Int8s) -> None:
    """Check what operations say in words; each text is looked at once."""
    details = mistakes.rows.texts["detail"]
    for code in DETAILED:
        is_wrong = {word: bool(wanted_instead(code, word)) for word in details.words if word}
        mistakes.add(
            "detail",
            (operation == code) & (details.recoded(is_wrong) == 1),
            lambda row: (
                f"{details.at(row)!r:.60} is not what {OPERATIONS[operation[row]]} may say; "
                f"{wanted_instead(operation[row], details.at(row))} is meant"
            ),
        )


def _check_accounts(mistakes: _Mistakes, operation: Int8s) -> None:
    """Check that an account is opened before it is used, and that strangers are strangers."""
    user, account = mistakes.rows.numbers["user"], mistakes.rows.numbers["account"]
    opens = np.flatnonzero(operation == OPEN_ACCOUNT)
    opened, first = np.unique(account[opens], return_index=True)
    used, first_use = np.unique(account, return_index=True)
    late = np.zeros(len(operation), dtype=bool)
    late[np.delete(opens, first)] = True
    late[opens[first]] = first_use[np.searchsorted(used, opened)] < opens[first]
    mistakes.add(
        "account", late, lambda row: f"{account[row]} stands in an earlier row; open another one"
    )
    owner = account.copy()  # who has an account that no row opens is of the same number
    if len(opened):
        place = np.minimum(np.searchsorted(opened, account), len(opened) - 1)
        owner = np.where(opened[place] == account, user[opens[first[place]]], account)
    mistakes.add(
        "account",
        (operation == INTRUDE) & (owner == user),
        lambda row: f"{account[row]} is the user's own; a stranger's command needs another's",
    )
