"""A right little journal, told batch by batch, in which a test can alter one fact."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec.structs import replace

from actors.domain.market_hours import MarketHours
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.messages import facts as f
from actors.messages import funds, orders, queries
from actors.messages.orders import STATUS_OF_ENDING, Ending
from simulation.audit import Auditor, AuditResult

BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
CLIENT = "client"
ALICE = "account/U1-1"
DOLLAR = 10_000
HOURS = MarketHours(0, 1_000_000)


class Event(NamedTuple):
    kind: str
    address: str
    content: Any
    at_us: int


class Story:
    """Tells what right actors would record, one account and one stock (ACME at $10) by default.

    Cash, holdings and numbers are kept here in the plainest way, apart from the audit's own.
    """

    def __init__(self, cash: int = 1_000 * DOLLAR, shares: int = 0) -> None:
        self.events: list[Event] = []
        self.at_us = 0
        self.commands = 0
        self.orders: dict[str, f.OrderPlaced] = {}
        self.transactions = 0
        self.executions = 0
        self.quantity = self.cost = 0
        self.quotes = 0
        self.append(ALICE, f.AccountOpened("U1"))
        self.append("exchange", f.StockListed("ACME", "Acme Inc."), f.AccountRegistered(ALICE))
        self.append("stock/ACME", f.StockListed("ACME", "Acme Inc."))
        self.append("stock/ACME", f.FollowerAdded("book/ACME"))
        self.quote(10 * DOLLAR)
        if cash:
            self.deposit(cash)
        if shares:
            self.transfer(shares, shares * 8 * DOLLAR)

    def append(self, address: str, *facts: Any) -> None:
        self.at_us += 10
        self.events.append(Event("appended", address, list(facts), self.at_us))

    def ask(self, message: Any) -> None:
        self.events.append(Event("asked", CLIENT, message, self.at_us))

    def tell(self, message: Any) -> None:
        self.events.append(Event("told", CLIENT, message, self.at_us))

    def next_command(self) -> int:
        self.commands += 1
        return self.commands

    def next_transaction(self) -> str:
        self.transactions += 1
        return f"U1-1/{self.transactions}"

    def set_price(self, price: int) -> None:
        self.quotes += 1
        self.price = price
        self.append("stock/ACME", f.PriceSet(self.quotes, price))
        self.append("market-data", f.QuoteNoted("ACME", self.quotes, price))

    def quote(self, price: int) -> None:
        self.set_price(price)
        self.append("book/ACME", f.QuoteApplied(self.quotes, price))

    def deposit(self, amount: int) -> None:
        command = self.next_command()
        self.ask(funds.DepositCash(command, ALICE, amount, CLIENT))
        self.append(ALICE, f.CashDeposited(command, 0, self.next_transaction(), amount, self.at_us))
        self.tell(orders.CommandAccepted(command, ALICE))

    def withdraw(self, amount: int) -> None:
        command = self.next_command()
        self.ask(funds.WithdrawCash(command, ALICE, amount, CLIENT))
        self.append(ALICE, f.CashWithdrawn(command, 0, self.next_transaction(), amount, self.at_us))
        self.tell(orders.CommandAccepted(command, ALICE))

    def transfer(self, quantity: int, cost: int) -> None:
        command = self.next_command()
        self.ask(funds.TransferShares(command, ALICE, "ACME", quantity, cost, CLIENT))
        fact = f.SharesTransferred(
            command, 0, self.next_transaction(), "ACME", quantity, cost, self.at_us
        )
        self.append(ALICE, fact)
        self.quantity += quantity
        self.cost += cost
        self.tell(orders.CommandAccepted(command, ALICE))

    def refuse(self, quantity: int, reason: Reason, needed: int, order_type: OrderType) -> None:
        command = self.next_command()
        self.ask(
            orders.PlaceOrder(
                command, ALICE, "ACME", order_type, LIMIT, quantity, 10 * DOLLAR, reply_to=CLIENT
            )
        )
        self.append(ALICE, f.CommandRefused(command, 0, reason, "ACME", needed))
        self.tell(orders.CommandRejected(command, ALICE, reason))

    def refuse_at_the_door(self, reason: Reason, command: int | None = None) -> int:
        command = command or self.next_command()
        self.ask(orders.PlaceOrder(command, ALICE, "ACME", BUY, LIMIT, 1, DOLLAR, reply_to=CLIENT))
        self.tell(orders.CommandRejected(command, ALICE, reason))
        return command

    def place(
        self, quantity: int = 10, order_type: OrderType = BUY, limit: int | None = None
    ) -> str:
        command = self.next_command()
        price_type = MARKET if limit is None else LIMIT
        worst = limit or (11 * DOLLAR if order_type is BUY else 9 * DOLLAR)
        hold = quantity * worst if order_type is BUY else quantity
        order_id = f"U1-1-{len(self.orders) + 1}"
        seen = None if limit else self.price
        self.ask(
            orders.PlaceOrder(
                command, ALICE, "ACME", order_type, price_type, quantity, limit, seen, CLIENT
            )
        )
        placed = f.OrderPlaced(
            order_id, command, 0, CLIENT, "ACME", order_type, price_type, quantity, worst, hold,
            self.at_us,
        )  # fmt: skip
        self.orders[order_id] = placed
        self.append(ALICE, placed)
        self.tell(orders.OrderAccepted(command, ALICE, order_id))
        return order_id

    def entered(self, order_id: str) -> f.OrderEntered:
        placed = self.orders[order_id]
        return f.OrderEntered(
            order_id, ALICE, placed.order_type, placed.price_type, placed.quantity,
            placed.worst_price,
        )  # fmt: skip

    def executed(self, order_id: str) -> f.OrderExecuted:
        placed = self.orders[order_id]
        self.executions += 1
        return f.OrderExecuted(
            f"ACME:{self.executions}", order_id, ALICE, placed.order_type, placed.quantity,
            self.price, self.at_us, placed.quantity,
        )  # fmt: skip

    def wait_in_book(self, order_id: str) -> None:
        self.append("book/ACME", self.entered(order_id))
        self.append(ALICE, f.SubmitConfirmed(order_id))

    def settled(self, executed: f.OrderExecuted) -> f.ExecutionSettled:
        placed = self.orders[executed.order_id]
        quantity, amount = executed.quantity, executed.quantity * executed.price
        if placed.order_type is BUY:
            realised, used = 0, quantity * placed.worst_price
            self.quantity += quantity
            self.cost += amount
        else:
            removed = self.cost * quantity // self.quantity
            realised, used = amount - removed, quantity
            self.quantity -= quantity
            self.cost -= removed
        return f.ExecutionSettled(
            executed.execution_id, executed.order_id, self.next_transaction(), "ACME",
            placed.order_type, quantity, executed.price, amount, used, realised, self.cost,
            executed.at_us,
        )  # fmt: skip

    def settle(self, executed: f.OrderExecuted) -> None:
        closed = f.OrderClosed(executed.order_id, OrderStatus.EXECUTED, 0, self.at_us)
        self.append(ALICE, self.settled(executed), closed)
        self.report(executed.order_id, OrderStatus.EXECUTED, executed)
        self.confirm(executed.order_id, executed.execution_id)

    def report(
        self, order_id: str, status: OrderStatus, executed: f.OrderExecuted | None = None
    ) -> None:
        quantity, price, at_us = (
            (0, 0, -1) if executed is None else (executed.quantity, executed.price, executed.at_us)
        )
        command = self.orders[order_id].command_id
        self.tell(orders.OrderReport(command, ALICE, order_id, status, quantity, price, at_us))

    def confirm(self, order_id: str, execution_id: str | None) -> None:
        self.append("book/ACME", f.ReportConfirmed(order_id, execution_id, True))

    def trade(self, quantity: int = 10, order_type: OrderType = BUY) -> str:
        """Place a market order that executes at once."""
        order_id = self.place(quantity, order_type)
        executed = self.executed(order_id)
        self.append("book/ACME", self.entered(order_id), executed)
        self.settle(executed)
        return order_id

    def trigger(self, price: int, *order_ids: str) -> None:
        """Change the price to one that executes these waiting orders, in one batch."""
        self.set_price(price)
        executions = [self.executed(order_id) for order_id in order_ids]
        self.append("book/ACME", f.QuoteApplied(self.quotes, price), *executions)
        for executed in executions:
            self.settle(executed)

    def end(self, order_id: str, ending: Ending) -> None:
        """Let the book end an order with nothing executed, and the account close it."""
        self.append("book/ACME", f.OrderFinished(order_id, ALICE, 0, ending))
        self.close(order_id, ending)

    def close(self, order_id: str, ending: Ending) -> None:
        status = STATUS_OF_ENDING[ending]
        released = self.orders[order_id].hold
        self.append(
            ALICE,
            f.OrderEnded(order_id, 0, ending),
            f.OrderClosed(order_id, status, released, self.at_us),
        )
        self.report(order_id, status)
        self.confirm(order_id, None)

    def request_cancel(self, order_id: str) -> int:
        command = self.next_command()
        self.ask(orders.CancelOrder(command, ALICE, order_id, reply_to=CLIENT))
        self.append(ALICE, f.CancelRequested(order_id, command, 0, CLIENT))
        return command

    def cancel(self, order_id: str) -> None:
        command = self.request_cancel(order_id)
        self.end(order_id, Ending.CANCELLED)
        self.tell(orders.CommandAccepted(command, ALICE))

    def read(self) -> None:
        for question, answer in (
            (queries.LogIn(101, ALICE, CLIENT), queries.SessionAnswer(101)),
            (queries.GetQuote(102, "ACME", CLIENT), queries.QuoteAnswer(102, "ACME", 1, 1)),
            (
                queries.GetPortfolio(103, ALICE, CLIENT),
                queries.PortfolioAnswer(103, ALICE, 5, 5, (), (), 0, 0, 0),
            ),
        ):
            self.ask(question)
            self.tell(answer)

    def find(self, kind: type, nth: int = 0) -> tuple[int, int]:
        """Return the place of a fact or message: of its event, and within that."""
        places = [
            (at, within)
            for at, event in enumerate(self.events)
            for within, item in enumerate(contents(event))
            if type(item) is kind
        ]
        return places[nth]

    def alter(self, kind: type, nth: int = 0, **changes: Any) -> None:
        """Plant a wrong fact or message."""
        at, within = self.find(kind, nth)
        event = self.events[at]
        items = contents(event)
        items[within] = replace(items[within], **changes)
        content = items if event.kind == "appended" else items[0]
        self.events[at] = event._replace(content=content)

    def drop(self, kind: type, nth: int = 0) -> None:
        """Leave a fact or message out."""
        at, within = self.find(kind, nth)
        event = self.events[at]
        items = contents(event)
        del items[within]
        self.events[at : at + 1] = [event._replace(content=items)] if items else []

    def repeat(self, kind: type, nth: int = 0, **changes: Any) -> None:
        """Let a fact or message come once more at the end, by itself."""
        at, within = self.find(kind, nth)
        event = self.events[at]
        item = replace(contents(event)[within], **changes)
        content = [item] if event.kind == "appended" else item
        self.events.append(event._replace(content=content))

    def move_to_front_of(self, kind: type, other: type) -> None:
        """Let the event of one fact or message happen before that of another."""
        event = self.events.pop(self.find(kind)[0])
        self.events.insert(self.find(other)[0], event)


def contents(event: Event) -> list[Any]:
    return list(event.content) if event.kind == "appended" else [event.content]


def tell_all(story: Story, follower: Any) -> None:
    for kind, address, content, at_us in story.events:
        getattr(follower, kind)(address, content, at_us)


def judge(
    story: Story,
    hours: MarketHours | None = HOURS,
    accepted_share: float = 0.0,
    at_rest: bool = True,
) -> AuditResult:
    auditor = Auditor(hours, accepted_share)
    tell_all(story, auditor)
    auditor.compare_folded(ALICE, b"same", b"same")
    return auditor.finish(at_rest)


def broken(result: AuditResult) -> set[str]:
    return {row.id for row in result.invariants if row.findings}


def full_story() -> Story:
    """Tell of every kind of order, and of everything else that clients do."""
    story = Story(shares=30)
    story.read()
    story.trade(10)
    story.trade(7, SELL)
    waiting = story.place(5, BUY, limit=9 * DOLLAR)
    story.wait_in_book(waiting)
    selling = story.place(5, SELL, limit=12 * DOLLAR)
    story.wait_in_book(selling)
    story.trigger(9 * DOLLAR, waiting)
    story.cancel(selling)
    expiring = story.place(4, BUY, limit=5 * DOLLAR)
    story.wait_in_book(expiring)
    ran_away = story.place(1)
    story.append("book/ACME", story.entered(ran_away))
    story.end(ran_away, Ending.PRICE_RAN_AWAY)
    story.refuse(1_000, Reason.INSUFFICIENT_FUNDS, 10_000 * DOLLAR, BUY)
    story.refuse(1_000, Reason.INSUFFICIENT_SHARES, 1_000, SELL)
    story.refuse_at_the_door(Reason.BUSY)
    story.withdraw(50 * DOLLAR)
    story.append("book/ACME", f.SessionClosed(story.at_us))
    story.end(expiring, Ending.EXPIRED)
    return story


def trade() -> Story:
    story = Story(shares=20)
    story.trade(10, SELL)
    story.trade(10, BUY)
    return story


def waiting() -> Story:
    story = Story(shares=20)
    order_id = story.place(5, BUY, limit=9 * DOLLAR)
    story.wait_in_book(order_id)
    story.cancel(order_id)
    return story


def refused() -> Story:
    story = Story()
    story.refuse(1_000, Reason.INSUFFICIENT_FUNDS, 10_000 * DOLLAR, BUY)
    return story


def resting() -> Story:
    story = Story()
    story.wait_in_book(story.place(5, BUY, limit=9 * DOLLAR))
    return story
