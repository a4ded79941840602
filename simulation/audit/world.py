"""What all parts of the audit share: the model of everything, and the breaches they take down."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from actors.messages.base import Address, ExecutionId, Fact, Message, OrderId
from actors.messages.facts import OrderExecuted
from simulation.audit.findings import Concerned, Finding, Findings, Funds, told_of
from simulation.audit.model import BUY, USD, Account, Order, Pool

_RECENT_BATCHES: Final = 2_000
_JOURNAL_LINES: Final = 20

Batch = tuple[Address, Sequence[Fact], int]
_Draft = tuple[str, str, OrderId, Fact | Message | None, Address]


class World:
    """Everything the parts of the audit share.

    Attributes:
        legs: Executions that a book has made and no account has settled.
        orders: Orders that are not done at both ends, or not reported.
        recent: The last batches.
        batch: Number of the batch that is judged, from 1.
        at_us: When it was appended, by its actor's clock.
        touched: Whose shares the batch moved.
    """

    def __init__(self) -> None:
        self.usd = Pool(USD)
        self.pools: dict[str, Pool] = {}
        self.accounts: dict[Address, Account] = {}
        self.orders: dict[OrderId, Order] = {}
        self.legs: dict[ExecutionId, OrderExecuted] = {}
        self.findings = Findings()
        self.recent: deque[Batch] = deque(maxlen=_RECENT_BATCHES)
        self.batch = 0
        self.at_us = 0
        self.drafts: list[_Draft] = []
        self.touched: Pool | None = None

    def account(self, address: Address) -> Account:
        """Return the account at an address, an empty one if it was not heard of yet."""
        account = self.accounts.get(address)
        if account is None:
            account = self.accounts[address] = Account(address)
        return account

    def pool(self, symbol: str) -> Pool:
        """Return where the shares of a symbol are."""
        pool = self.pools.get(symbol)
        if pool is None:
            pool = self.pools[symbol] = Pool(symbol)
        return pool

    def in_flight(self, asset: str) -> int:
        """Sum up what is on its way to accounts; negative where they owe it."""
        total = 0
        for leg in self.legs.values():
            sign = 1 if leg.order_type is BUY else -1
            if asset == USD:
                total -= sign * leg.quantity * leg.price
            elif leg.order_id in self.orders and self.orders[leg.order_id].placed.symbol == asset:
                total += sign * leg.quantity
        return total

    def report(
        self,
        invariant: str,
        sentence: str,
        order_id: OrderId = "",
        cause: Fact | Message | None = None,
        account: Address = "",
    ) -> None:
        """Take down a breach that the present batch or message shows.

        Args:
            invariant: Its id.
            sentence: What is wrong, with the numbers.
            order_id: The order concerned.
            cause: The fact or message that shows it.
            account: The account concerned, where neither of them tells.
        """
        if self.findings.wants_detail(invariant):
            self.drafts.append((invariant, sentence, order_id, cause, account))

    def complete(self, address: Address, at_us: int, before: Funds | None = None) -> None:
        """Add to the breaches just taken down when and where they showed.

        Args:
            address: Of the actor or the client.
            at_us: When; -1 at the end.
            before: Balances of the actor before the batch.
        """
        drafts, self.drafts = self.drafts, []
        for invariant, sentence, order_id, cause, named in drafts:
            self.findings.kept.append(
                Finding(
                    invariant,
                    sentence,
                    address,
                    at_us,
                    order_id,
                    self.batch,
                    "" if cause is None else told_of(cause),
                    self._concerned((address, named), order_id, cause, before),
                    self._journal_of(order_id),
                )
            )

    def _concerned(
        self,
        addresses: tuple[Address, Address],
        order_id: OrderId,
        cause: object,
        before: Funds | None,
    ) -> tuple[Concerned, ...]:
        """Return the accounts that a breach is about: that of its fact, and the order's."""
        order = self.orders.get(order_id)
        of_order = "" if order is None else order.account
        named = (*addresses, of_order, getattr(cause, "account", ""))
        concerned = []
        for name in dict.fromkeys(named):
            account = self.accounts.get(name)
            if account is not None:
                after = account.funds()
                lines = {symbol: holding[:2] for symbol, holding in account.view()[3].items()}
                earlier = before if before is not None and name == addresses[0] else after
                concerned.append(Concerned(name, earlier, after, lines))
        return tuple(concerned)

    def forget(self, order: Order) -> None:
        """Drop an order that both ends, and its client, are done with."""
        placed = order.placed
        del self.orders[placed.order_id]
        commands = self.accounts[order.account].commands
        if placed.command_id in commands:
            commands[placed.command_id] = placed.order_id

    def _journal_of(self, order_id: OrderId) -> tuple[str, ...]:
        if not order_id:
            return ()
        told = [
            (address, fact, at_us)
            for address, facts, at_us in self.recent
            for fact in facts
            if getattr(fact, "order_id", None) == order_id
        ]
        order = self.orders.get(order_id)
        if order is not None and all(fact is not order.placed for _, fact, _ in told):
            # It waited so long that its beginning is no longer among the recent batches.
            told.insert(0, (order.account, order.placed, order.placed.at_us))
        lines = [_line(*entry) for entry in told]
        return tuple(lines[-_JOURNAL_LINES:])


def _line(address: Address, fact: Fact, at_us: int) -> str:
    return f"{at_us / 1e6:.6f} s {address}: {told_of(fact, leave_out='order_id')}"
