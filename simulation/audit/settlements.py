"""Judges settlements: cash and shares that an execution moves in an account (A01 to A07)."""

from __future__ import annotations

from typing import Final

from actors.domain.money import dollars
from actors.domain.orders import OrderType
from actors.messages.facts import ExecutionSettled, OrderExecuted
from simulation.audit.findings import listed, shares
from simulation.audit.funds import FundsAudit
from simulation.audit.model import PENDING, Account, Handler, Holding, Order, Pool
from simulation.audit.world import World

_BUY: Final = OrderType.BUY


class SettlementAudit:
    """Lands executions in their accounts, and compares what both ends say.

    Hold, cost basis and realised profit are computed again; where a fact says otherwise that
    is reported, and the computed figure is kept. Cash moves as the account says, so that what
    it says beyond the execution shows as a gap.
    """

    def __init__(self, world: World, funds: FundsAudit) -> None:
        self._world = world
        self._usd = world.usd
        self._orders = world.orders
        self._legs = world.legs
        self._pools = world.pools
        self._name_transaction = funds.name_transaction
        self.settled = 0

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {ExecutionSettled: self.execution_settled}

    def execution_settled(self, account: Account, fact: ExecutionSettled) -> None:
        """Move cash and shares by an execution of an open order."""
        self.settled += 1
        order = self._orders.get(fact.order_id)
        leg = self._legs.pop(fact.execution_id, None)
        transaction_id = fact.transaction_id
        last = account.last_transaction_id
        if len(transaction_id) > len(last) or (
            transaction_id > last and len(transaction_id) == len(last)
        ):
            account.last_transaction_id = transaction_id
        else:
            self._name_transaction(account, transaction_id, fact)
        if leg is None or order is None or order.status is not PENDING:
            self._settle_unmatched(account, fact, leg, order)
            return
        if (
            leg.price != fact.price
            or leg.quantity != fact.quantity
            or leg.order_id != fact.order_id
            or leg.account != account.address
            or leg.order_type is not fact.order_type
            or order.placed.symbol != fact.symbol
            or leg.at_us != fact.at_us
        ):
            self._explain_ends(account, fact, leg)
        pool = self._land(leg, fact.symbol)
        holding = account.holdings.get(fact.symbol) or account.holding(fact.symbol)
        if fact.order_type is _BUY:
            self._buy(account, fact, order, pool, holding)
        else:
            self._sell(account, fact, order, pool, holding)
        order.settled += fact.quantity
        order.submitted = True
        order.ended = order.ended or leg.executed is not None

    def _land(self, leg: OrderExecuted, symbol: str) -> Pool:
        """Take an execution out of the air; return where its shares are."""
        pool = self._pools.get(symbol) or self._world.pool(symbol)
        self._world.touched = pool
        if leg.order_type is _BUY:
            self._usd.elsewhere += leg.quantity * leg.price
            pool.elsewhere -= leg.quantity
        else:
            self._usd.elsewhere -= leg.quantity * leg.price
            pool.elsewhere += leg.quantity
        return pool

    def _buy(
        self, account: Account, fact: ExecutionSettled, order: Order, pool: Pool, holding: Holding
    ) -> None:
        """Pay for shares out of the hold."""
        quantity = fact.quantity
        amount = fact.amount
        used = quantity * order.placed.worst_price
        cash = account.cash = account.cash - amount
        held = account.held = account.held - used
        left = order.left = order.left - used
        self._usd.accounts -= amount
        pool.accounts += quantity
        holding.quantity += quantity
        cost = holding.cost = holding.cost + quantity * fact.price
        if fact.hold_used != used or left < 0 or not 0 <= held <= cash:
            self._explain_use(fact, used, left, dollars(held), dollars(cash))
        if fact.realised or fact.cost_after != cost:
            self._explain_cost(fact, 0, cost)

    def _sell(
        self, account: Account, fact: ExecutionSettled, order: Order, pool: Pool, holding: Holding
    ) -> None:
        """Give held shares away, with their part of the cost, rounded down."""
        quantity = fact.quantity
        amount = fact.amount
        account.cash += amount
        self._usd.accounts += amount
        pool.accounts -= quantity
        before = holding.quantity
        removed = holding.cost * quantity // before if before else 0
        realised = quantity * fact.price - removed
        account.realised += realised
        owned = holding.quantity = before - quantity
        held = holding.held = holding.held - quantity
        left = order.left = order.left - quantity
        cost = holding.cost = holding.cost - removed
        if fact.hold_used != quantity or left < 0 or not 0 <= held <= owned:
            self._explain_use(fact, quantity, left, f"{held:,}", shares(owned, fact.symbol))
        if fact.realised != realised or fact.cost_after != cost:
            self._explain_cost(fact, realised, cost)

    def _settle_unmatched(
        self,
        account: Account,
        fact: ExecutionSettled,
        leg: OrderExecuted | None,
        order: Order | None,
    ) -> None:
        """Move what an account says it has moved without an execution or an open order."""
        sign = 1 if fact.order_type is _BUY else -1
        account.cash -= sign * fact.amount
        self._usd.accounts -= sign * fact.amount
        pool = self._world.touched = self._world.pool(fact.symbol)
        pool.accounts += sign * fact.quantity
        holding = account.holding(fact.symbol)
        holding.quantity += sign * fact.quantity
        holding.cost = fact.cost_after
        if leg is not None:
            sign = 1 if leg.order_type is _BUY else -1
            self._usd.elsewhere += sign * leg.quantity * leg.price
            pool.elsewhere -= sign * leg.quantity
        self._explain_unmatched(fact, leg, order)

    def _explain_unmatched(
        self, fact: ExecutionSettled, leg: OrderExecuted | None, order: Order | None
    ) -> None:
        if order is None or order.status is not PENDING:
            self._world.report(
                "A04", f"{dollars(fact.amount)} move for an order that is not open",
                fact.order_id, fact,
            )  # fmt: skip
        if leg is not None:
            return
        made = None if order is None else order.execution
        if made is not None and made.execution_id == fact.execution_id:
            self._world.report(
                "A06", f"execution {fact.execution_id} has a second transaction, "
                f"{fact.transaction_id}", fact.order_id, fact,
            )  # fmt: skip
        self._world.report(
            "A05", f"execution {fact.execution_id} is applied, and no book has made it, or it "
            "was applied before", fact.order_id, fact,
        )  # fmt: skip

    def _explain_ends(self, account: Account, fact: ExecutionSettled, leg: OrderExecuted) -> None:
        placed = self._orders[fact.order_id].placed
        ends = {
            "order": (leg.order_id, fact.order_id),
            "account": (leg.account, account.address),
            "side": (leg.order_type.value, fact.order_type.value),
            "symbol": (placed.symbol, fact.symbol),
            "quantity": (f"{leg.quantity:,}", f"{fact.quantity:,}"),
            "price": (dollars(leg.price), dollars(fact.price)),
            "time": (f"{leg.at_us / 1e6:.6f} s", f"{fact.at_us / 1e6:.6f} s"),
        }
        differences = [
            f"{name} {of_book} and {of_account}"
            for name, (of_book, of_account) in ends.items()
            if of_book != of_account
        ]
        self._world.report(
            "A05", f"the book and the account differ about execution {fact.execution_id}: "
            f"{listed(differences)}", fact.order_id, fact,
        )  # fmt: skip

    def _explain_use(
        self, fact: ExecutionSettled, used: int, left: int, held: str, owned: str
    ) -> None:
        def shown(amount: int) -> str:
            return dollars(amount) if fact.order_type is _BUY else shares(amount, fact.symbol)

        self._world.report(
            "A03", f"an execution uses {shown(fact.hold_used)} of a hold, its part being "
            f"{shown(used)}; {shown(left)} are left of it then, and {held} are held of {owned}",
            fact.order_id, fact,
        )  # fmt: skip

    def _explain_cost(self, fact: ExecutionSettled, realised: int, cost: int) -> None:
        self._world.report(
            "A07", f"{shares(fact.quantity, fact.symbol)} at {dollars(fact.price)} realise "
            f"{dollars(realised)} and leave a cost of {dollars(cost)}; the account says "
            f"{dollars(fact.realised)} and {dollars(fact.cost_after)}", fact.order_id, fact,
        )  # fmt: skip
