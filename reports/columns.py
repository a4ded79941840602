"""The columns of the recorded tables: what each one means, and in which unit."""

from __future__ import annotations

from typing import Final, NamedTuple

TIME: Final = "µs since the start"
SPAN: Final = "µs"
MONEY: Final = "1/10,000 USD"
SHARES: Final = "shares"


class Column(NamedTuple):
    """What a column holds.

    Attributes:
        unit: Of its numbers; empty for text and ids.
        meaning: In a few words.
    """

    unit: str
    meaning: str


DERIVED: Final[dict[str, dict[str, Column]]] = {
    "requests": {
        "latency_us": Column(SPAN, "answered less intended: the latency that everything shows"),
        "counts": Column("", "it counts among latencies: meant after the warm-up, and answered "
                             "by more than a refusal for load"),
    },
}  # fmt: skip
"""Columns that frames have besides those that are recorded."""

COLUMNS: Final[dict[str, dict[str, Column]]] = {
    "requests": {
        "command_id": Column("", "number of the command"),
        "operation": Column("", "what was asked for, such as place_market"),
        "user": Column("", "number of the user, from 1"),
        "account": Column("", "number of the account, from 1"),
        "symbol": Column("", "stock; empty where the operation has none"),
        "intended_us": Column(TIME, "when the customer meant to send it"),
        "sent_us": Column(TIME, "when it was sent"),
        "accepted_us": Column(TIME, "when the client learnt that its order was accepted"),
        "executed_us": Column(TIME, "when the order was executed, by the book's clock"),
        "answered_us": Column(TIME, "the last word: of a market order its end, else the reply"),
        "status": Column("", "ok, rejected, unanswered"),
        "reason": Column("", "why it was rejected; else empty"),
        "network_us": Column(SPAN, "part of the latency: on the network"),
        "mailbox_us": Column(SPAN, "part of the latency: waiting for actors"),
        "worker_us": Column(SPAN, "part of the latency: waiting for workers"),
        "service_us": Column(SPAN, "part of the latency: in handlers"),
        "commit_us": Column(SPAN, "part of the latency: until facts were durable"),
        "region": Column("", "where the account's node stands"),
        "node": Column("", "machine of the account"),
    },
    "orders": {
        "order_id": Column("", "name of the order"),
        "command_id": Column("", "number of the command that placed it"),
        "account": Column("", "address of the account"),
        "symbol": Column("", "stock"),
        "order_type": Column("", "BUY or SELL"),
        "price_type": Column("", "MARKET or LIMIT"),
        "quantity": Column(SHARES, "ordered"),
        "worst_price": Column(MONEY, "limit, or the collar of a market order, per share"),
        "placed_us": Column(TIME, "when the account accepted it"),
        "executed_us": Column(TIME, "when it was executed"),
        "closed_us": Column(TIME, "when it was done at both ends"),
        "status": Column("", "PENDING, EXECUTED, CANCELLED, REJECTED or EXPIRED"),
        "executed": Column(SHARES, "executed"),
        "price": Column(MONEY, "of the execution, per share; 0 for none"),
    },
    "refusals": {
        "command_id": Column("", "number of the command"),
        "account": Column("", "address of the account"),
        "symbol": Column("", "stock"),
        "order_type": Column("", "BUY or SELL"),
        "price_type": Column("", "MARKET or LIMIT"),
        "quantity": Column(SHARES, "wanted"),
        "worst_price": Column(MONEY, "limit, or the quote that was seen, per share"),
        "at_us": Column(TIME, "when the account refused it"),
        "reason": Column("", "why"),
    },
    "transactions": {
        "transaction_id": Column("", "name of the transaction"),
        "account": Column("", "address of the account"),
        "kind": Column("", "buy, sell, deposit, withdraw, transfer"),
        "order_id": Column("", "order that it settles; empty for a movement"),
        "execution_id": Column("", "execution that it settles; empty for a movement"),
        "symbol": Column("", "stock; empty for cash"),
        "quantity": Column(SHARES, "moved"),
        "price": Column(MONEY, "per share"),
        "amount": Column(MONEY, "what the account's cash grew by; negative where it shrank"),
        "realised": Column(MONEY, "profit of a sell, against its average cost"),
        "at_us": Column(TIME, "when it happened; of an execution, by the book's clock"),
        "cost": Column(MONEY, "of a transfer: what the shares had cost elsewhere"),
    },
    "prices": {
        "symbol": Column("", "stock"),
        "number": Column("", "of the stock's price, from 1"),
        "price": Column(MONEY, "per share"),
        "intended_us": Column(TIME, "when the source says that it became true"),
        "book_us": Column(TIME, "when the order book had it"),
        "valuation_us": Column(TIME, "when portfolios were valued at it"),
    },
    "staleness": {
        "view": Column("", "portfolio or watchlist"),
        "staleness_us": Column(SPAN, "how long what was shown had not been the newest"),
        "count": Column("", "how often that was measured"),
    },
    "actors": {
        "actor": Column("", "class of actors"),
        "node": Column("", "machine"),
        "actors": Column("", "how many there are"),
        "messages": Column("", "handled"),
        "busy_us": Column(SPAN, "in handlers, summed up"),
        "waiting_us": Column(SPAN, "from arrival to start of service, summed over messages"),
        "depth_max": Column("messages", "deepest mailbox"),
        "restarts": Column("", "after a crash"),
        "dead_letters": Column("", "messages to nobody"),
        "refused": Column("", "messages that found their mailbox full"),
    },
    "timeline": {
        "at_us": Column(TIME, "beginning of the virtual second"),
        "offered": Column("requests", "meant for this second"),
        "sent": Column("requests", "sent in it"),
        "completed": Column("requests", "answered in it, be it that they were refused"),
        "refused": Column("requests", "refused for load in it"),
        "in_flight": Column("requests", "meant until its end, and not answered"),
        "depth": Column("messages", "waiting in all mailboxes at its beginning"),
        "busy_us": Column(SPAN, "in handlers, over all workers"),
        "workers": Column("", "how many there are"),
    },
    "queues": {
        "at_us": Column(TIME, "beginning of the virtual second"),
        "actor": Column("", "class of actors"),
        "depth": Column("messages", "waiting in its mailboxes together"),
    },
    "faults": {
        "at_us": Column(TIME, "when something went wrong"),
        "until_us": Column(TIME, "when the fault ends that it belongs to"),
        "fault": Column("", "which [[fault]] of the scenario, from 1"),
        "kind": Column("", "of the fault"),
        "where": Column("", "what it struck"),
        "decision": Column("", "name of the decision"),
        "count": Column("", "how often it did something"),
    },
    "spans": {
        "command_id": Column("", "command that the message descends from"),
        "hop": Column("", "which hop of its way, from 0"),
        "actor": Column("", "class of the actor that it went to; client for the answer"),
        "address": Column("", "of that actor"),
        "message": Column("", "class of the message"),
        "from_us": Column(TIME, "when it was sent"),
        "network_us": Column(SPAN, "on the network"),
        "mailbox_us": Column(SPAN, "waiting for the actor"),
        "worker_us": Column(SPAN, "waiting for a worker"),
        "service_us": Column(SPAN, "in the handler"),
        "commit_us": Column(SPAN, "until facts were durable"),
    },
    "notifications": {
        "channel": Column("", "console, email, sms or push"),
        "event": Column("", "what the customer is told of"),
        "producer": Column("", "address of the account that owes it"),
        "number": Column("", "of what this account owes to the channel"),
        "owed_us": Column(TIME, "when it was owed"),
        "taken_us": Column(TIME, "when the channel's notifier had it"),
        "done_us": Column(TIME, "when it was delivered or given up"),
        "status": Column("", "delivered, given_up, waiting"),
        "reason": Column("", "why it was given up; else empty"),
    },
}


def columns_of(table: str) -> dict[str, Column]:
    """Return the columns of a table's frame, the derived ones last.

    Raises:
        KeyError: There is no such table.
    """
    return COLUMNS[table] | DERIVED.get(table, {})
