"""The desk of the history: answers what the door lets through about orders and transactions."""

from __future__ import annotations

from typing import Final

from actors.domain.order_query import Cursor, InvalidQuery, OrderQuery
from actors.domain.orders import Reason
from actors.messages.base import Message
from actors.messages.history import FindOrders, FoundOrders, GetTransactions, TransactionsAnswer
from actors.messages.orders import CommandRejected
from actors.order_history.history import OrderHistory

_INVALID_COMMAND: Final = Reason.INVALID_COMMAND


def answer_of(history: OrderHistory, question: FindOrders | GetTransactions) -> Message:
    """Return what a history has to say, or that the question cannot be meant so.

    Raises:
        SearchFailed: The history is broken.
    """
    try:
        if isinstance(question, GetTransactions):
            return _transactions(history, question)
        return _orders(history, question)
    except InvalidQuery:
        return CommandRejected(question.command_id, question.account, _INVALID_COMMAND)


def _orders(history: OrderHistory, asked: FindOrders) -> FoundOrders:
    found = history.search(
        OrderQuery(
            asked.account, asked.symbol, asked.status, asked.order_type, _instant(asked.since_us),
            _instant(asked.until_us), asked.sort, asked.descending, asked.limit,
            None if asked.after is None else Cursor(*asked.after),
        )
    )  # fmt: skip
    end = None if found.next is None else (found.next.value, found.next.number)
    return FoundOrders(asked.command_id, asked.account, found.rows, found.total, end)


def _transactions(history: OrderHistory, asked: GetTransactions) -> TransactionsAnswer:
    after = Cursor(asked.after, asked.after) if asked.after else None
    found = history.transactions(asked.account, after, asked.limit)
    end = 0 if found.next is None else found.next.number
    return TransactionsAnswer(asked.command_id, asked.account, found.rows, found.total, end)


def _instant(at_us: int) -> int | None:
    return None if at_us < 0 else at_us
