"""A right little journal, told batch by batch, in which a test can alter one fact."""

from __future__ import annotations

from typing import Any

from tampering import Event, Tape, tell_all

from actors.domain.market_hours import Hours, MarketHours
from actors.domain.notifications import Route
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.messages import facts as f
from actors.messages import funds, orders, queries
from actors.messages.notification_facts import PreferencesSet
from actors.messages.notifications import SetPreferences
from actors.messages.orders import STATUS_OF_ENDING, Ending
from simulation.audit import Auditor, AuditResult, Bounds
from simulation.audit.model import View

BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
CLIENT = "client"
ALICE = "account/U1-1"
OTHER_CLIENT = "another client"
DOLLAR = 10_000
HOURS = MarketHours(0, 1_000_000)
COLLAR_BP = 1_000


class Story(Tape):
    """Tells what right actors would record, one account and one stock (ACME at $10) by default.

    Cash, holdings and numbers are kept here in the plainest way, apart from the audit's own.
    """

    def __init__(self, cash: int = 1_000 * DOLLAR, shares: int = 0) -> None:
        super().__init__()
        self.at_us = 0
        self.commands = 0
        self.orders: dict[str, f.OrderPlaced] = {}
        self.transactions = 0
        self.executions = 0
        self.quantity = self.cost = 0
        self.cash = self.held = self.shares_held = self.realised = 0
        self.quotes = self.revision = self.reads = 0
        self.append(ALICE, f.AccountOpened("U1"))
        self.append("exchange", f.StockListed("ACME", "Acme Inc."))
        self.append("exchange", f.AccountRegistered(ALICE, "U1"))
        self.append("stock/ACME", f.StockListed("ACME", "Acme Inc."))
        self.append("stock/ACME", f.FollowerAdded("book/ACME"))
        self.append("stock/ACME", f.FollowerAdded("market-data"))
        self.quote(10 * DOLLAR)
        if cash:
            self.deposit(cash)
        if shares:
            self.transfer(shares, shares * 8 * DOLLAR)

    def append(self, address: str, *facts: Any) -> None:
        self.at_us += 10
        self.events.append(Event("appended", address, list(facts), self.at_us))
        if address == ALICE:
            self.revision += len(facts)

    def ask(self, message: Any, client: str = CLIENT) -> None:
        self.events.append(Event("asked", client, message, self.at_us))

    def tell(self, message: Any, client: str = CLIENT) -> None:
        self.events.append(Event("told", client, message, self.at_us))

    def take_over(self, address: str, epoch: int) -> None:
        self.events.append(Event("took_over", address, epoch, self.at_us))

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

    def prefer(self, *routes: Route) -> None:
        command = self.next_command()
        self.ask(SetPreferences(command, ALICE, routes, CLIENT, "U1"))
        self.append(ALICE, PreferencesSet(command, 0, routes))
        self.tell(orders.CommandAccepted(command, ALICE))

    def deposit(self, amount: int, *owed: Any) -> None:
        command = self.next_command()
        self.ask(funds.DepositCash(command, ALICE, amount, CLIENT, "U1"))
        self.cash += amount
        paid = f.CashDeposited(command, 0, self.next_transaction(), amount, self.at_us)
        self.append(ALICE, paid, *owed)
        self.tell(orders.CommandAccepted(command, ALICE))

    def withdraw(self, amount: int) -> None:
        command = self.next_command()
        self.ask(funds.WithdrawCash(command, ALICE, amount, CLIENT, "U1"))
        self.cash -= amount
        self.append(ALICE, f.CashWithdrawn(command, 0, self.next_transaction(), amount, self.at_us))
        self.tell(orders.CommandAccepted(command, ALICE))

    def transfer(self, quantity: int, cost: int) -> None:
        command = self.next_command()
        self.ask(funds.TransferShares(command, ALICE, "ACME", quantity, cost, CLIENT, "U1"))
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
                command,
                ALICE,
                "ACME",
                order_type,
                LIMIT,
                quantity,
                10 * DOLLAR,
                reply_to=CLIENT,
                user="U1",
            )
        )
        self.append(ALICE, f.CommandRefused(command, 0, reason, "ACME", needed))
        self.tell(orders.CommandRejected(command, ALICE, reason))

    def turn_away(self, user: str) -> None:
        command = self.next_command()
        self.ask(funds.WithdrawCash(command, ALICE, 1, CLIENT, user))
        self.tell(orders.CommandRejected(command, ALICE, Reason.NOT_OWNER))

    def refuse_closing(self, reason: Reason) -> None:
        command = self.next_command()
        self.ask(funds.CloseAccount(command, ALICE, CLIENT, "U1"))
        self.append(ALICE, f.CommandRefused(command, 0, reason, "", 0))
        self.tell(orders.CommandRejected(command, ALICE, reason))

    def close_account(self) -> None:
        command = self.next_command()
        self.ask(funds.CloseAccount(command, ALICE, CLIENT, "U1"))
        self.append(ALICE, f.AccountClosed(command, 0, self.at_us))
        self.tell(orders.CommandAccepted(command, ALICE))

    def refuse_at_the_door(self, reason: Reason, command: int | None = None) -> int:
        command = command or self.next_command()
        self.ask(
            orders.PlaceOrder(
                command, ALICE, "ACME", BUY, LIMIT, 1, DOLLAR, reply_to=CLIENT, user="U1"
            )
        )
        self.tell(orders.CommandRejected(command, ALICE, reason))
        return command

    def place(
        self, quantity: int = 10, order_type: OrderType = BUY, limit: int | None = None
    ) -> str:
        command = self.next_command()
        price_type = MARKET if limit is None else LIMIT
        worst = limit or (-(-self.price * 11 // 10) if order_type is BUY else self.price * 9 // 10)
        hold = quantity * worst if order_type is BUY else quantity
        if order_type is BUY:
            self.held += hold
        else:
            self.shares_held += hold
        order_id = f"U1-1-{len(self.orders) + 1}"
        seen = None if limit else self.price
        self.ask(
            orders.PlaceOrder(
                command,
                ALICE,
                "ACME",
                order_type,
                price_type,
                quantity,
                limit,
                seen,
                CLIENT,
                user="U1",
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
            self.cash -= amount
            self.held -= used
            self.quantity += quantity
            self.cost += amount
        else:
            removed = self.cost * quantity // self.quantity
            realised, used = amount - removed, quantity
            self.cash += amount
            self.shares_held -= used
            self.realised += realised
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

    def run_away(self) -> str:
        """Place a market order that meets a price beyond its collar."""
        order_id = self.place(1)
        self.quote(self.price + self.price // 5)
        ended = f.OrderFinished(order_id, ALICE, 0, Ending.PRICE_RAN_AWAY)
        self.append("book/ACME", self.entered(order_id), ended)
        self.close(order_id, Ending.PRICE_RAN_AWAY)
        return order_id

    def close(self, order_id: str, ending: Ending) -> None:
        status = STATUS_OF_ENDING[ending]
        placed = self.orders[order_id]
        released = placed.hold
        if placed.order_type is BUY:
            self.held -= released
        else:
            self.shares_held -= released
        self.append(
            ALICE,
            f.OrderEnded(order_id, 0, ending),
            f.OrderClosed(order_id, status, released, self.at_us),
        )
        self.report(order_id, status)
        self.confirm(order_id, None)

    def request_cancel(self, order_id: str) -> int:
        command = self.next_command()
        self.ask(orders.CancelOrder(command, ALICE, order_id, reply_to=CLIENT, user="U1"))
        self.append(ALICE, f.CancelRequested(order_id, command, 0, CLIENT))
        return command

    def cancel(self, order_id: str) -> None:
        command = self.request_cancel(order_id)
        self.end(order_id, Ending.CANCELLED)
        self.tell(orders.CommandAccepted(command, ALICE))

    def close_session(self, *waiting: str) -> None:
        """Let the book reach its close, at which these orders expire."""
        self.at_us = HOURS.closes_us
        ends = [f.OrderFinished(order_id, ALICE, 0, Ending.EXPIRED) for order_id in waiting]
        self.append("book/ACME", f.SessionClosed(self.at_us), *ends)
        for order_id in waiting:
            self.close(order_id, Ending.EXPIRED)

    def forget(self, below: int) -> None:
        """Let the client release its commands below a number."""
        self.ask(funds.ForgetCommands(ALICE, below, user="U1"))
        self.append(ALICE, f.CommandsForgotten(below))

    def next_read(self) -> int:
        self.reads += 1
        return 100_000 + self.reads

    def balances(self, number: int) -> queries.AccountAnswer:
        return queries.AccountAnswer(
            number, ALICE, self.cash, self.held, self.realised, self.lines(), (), self.revision
        )

    def lines(self) -> tuple[queries.HoldingLine, ...]:
        if not self.quantity:
            return ()
        return (queries.HoldingLine("ACME", self.quantity, self.shares_held, self.cost),)

    def view(self) -> View:
        lines = {line.symbol: (line.quantity, line.held, line.cost) for line in self.lines()}
        return self.cash, self.held, self.realised, lines

    def read_account(self, client: str = CLIENT) -> queries.AccountAnswer:
        number = self.next_read()
        self.ask(queries.GetAccount(number, ALICE, client, user="U1"), client)
        answer = self.balances(number)
        self.tell(answer, client)
        return answer

    def read_portfolio(self) -> None:
        number, lines = self.next_read(), self.lines()
        self.ask(queries.GetPortfolio(number, ALICE, CLIENT, "U1"))
        worth = sum(line.quantity * self.price for line in lines)
        self.tell(
            queries.PortfolioAnswer(
                number, ALICE, self.cash, self.held, lines, (self.price,) * len(lines), worth,
                self.cost, self.realised, self.revision,
            )
        )  # fmt: skip

    def read_quote(self) -> None:
        number = self.next_read()
        self.ask(queries.GetQuote(number, "ACME", CLIENT))
        self.tell(queries.QuoteAnswer(number, "ACME", self.price, self.quotes))

    def read(self) -> None:
        number = self.next_read()
        self.ask(queries.LogIn(number, ALICE, CLIENT, "U1"))
        self.tell(queries.SessionAnswer(number))
        self.read_quote()
        self.read_account()
        self.read_portfolio()


def judge(
    story: Story,
    hours: Hours | None = HOURS,
    accepted_share: float = 0.0,
    at_rest: bool = True,
    bounds: Bounds = Bounds(),  # noqa: B008 - a constant
) -> AuditResult:
    auditor = Auditor(hours, accepted_share, COLLAR_BP, bounds=bounds)
    tell_all(story, auditor)
    auditor.compare_folded(ALICE, b"same", b"same")
    auditor.measured(ALICE, "messages in the mailbox", 1, 1)
    return auditor.finish(at_rest)


def broken(result: AuditResult) -> set[str]:
    return {row.id for row in result.invariants if row.findings}
