"""Judges what comes into accounts or leaves them, refusals and closings (A01, A02, A17, A25)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.domain.money import dollars
from actors.domain.orders import PriceType, Reason
from actors.domain.pricing import StrategyFailed, worst_price_of
from actors.domain.strategies import STRATEGIES
from actors.messages.base import Address, CommandId, Fact
from actors.messages.facts import (
    AccountClosed,
    CashDeposited,
    CashWithdrawn,
    CommandRefused,
    SharesTransferred,
)
from actors.messages.funds import DepositCash, TransferShares, WithdrawCash
from actors.messages.orders import PlaceOrder
from simulation.audit.findings import shares
from simulation.audit.model import BUY, Account, Handler, Outcome, is_later
from simulation.audit.world import World

_FUNDS: Final = Reason.INSUFFICIENT_FUNDS
_SHARES: Final = Reason.INSUFFICIENT_SHARES
_CLOSED: Final = Reason.ACCOUNT_CLOSED
_NOT_EMPTY: Final = Reason.ACCOUNT_NOT_EMPTY
_LIMIT: Final = PriceType.LIMIT
_BASIS_POINTS: Final = 10_000


class FundsAudit:
    """Follows deposits, withdrawals and transfers, and asks whether refusals were justified.

    What came in from outside is what the client sent, where the audit heard it; else what the
    fact says.

    Args:
        world: What all parts share.
        collar_bp: Width of the collar of market orders, in basis points; None if not known.

    Attributes:
        judges: What else judges refusals, by their reason, with what was asked.
    """

    def __init__(self, world: World, collar_bp: int | None) -> None:
        self._world = world
        self._collar_bp = collar_bp
        self.moved = 0  # deposits, withdrawals, transfers
        self.withdrawn_count = 0
        self.refused = 0
        self.judged = 0  # refusals for want of funds or shares
        self.orders_refused = 0  # which nobody was heard to ask for
        self.closed: set[Address] = set()
        self.judges: dict[Reason, Callable[[Account, Any, CommandRefused], None]] = {}

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {
            CashDeposited: self.deposited,
            CashWithdrawn: self.withdrawn,
            SharesTransferred: self.transferred_in,
            CommandRefused: self.refused_command,
            AccountClosed: self.closed_account,
        }

    def deposited(self, account: Account, fact: CashDeposited) -> None:
        """Take cash in."""
        self.name_transaction(account, fact.transaction_id, fact)
        asked = account.asked_as(fact.command_id)
        self.take_command(account, fact.command_id, account.revision, fact)
        usd = self._world.usd
        usd.outside += asked.amount if type(asked) is DepositCash else fact.amount
        usd.accounts += fact.amount
        self._world.touched = usd
        account.cash += fact.amount
        self.moved += 1

    def withdrawn(self, account: Account, fact: CashWithdrawn) -> None:
        """Pay cash out, which was not held."""
        self.name_transaction(account, fact.transaction_id, fact)
        asked = account.asked_as(fact.command_id)
        self.take_command(account, fact.command_id, account.revision, fact)
        usd = self._world.usd
        usd.outside -= asked.amount if type(asked) is WithdrawCash else fact.amount
        usd.accounts -= fact.amount
        self._world.touched = usd
        account.cash -= fact.amount
        self.moved += 1
        self.withdrawn_count += 1
        if account.cash < account.held:
            self._world.report(
                "A03",
                f"a withdrawal of {dollars(fact.amount)} leaves {dollars(account.cash)}, "
                f"of which {dollars(account.held)} are held for open orders",
                cause=fact,
            )

    def transferred_in(self, account: Account, fact: SharesTransferred) -> None:
        """Take shares in, with what they have cost."""
        self.name_transaction(account, fact.transaction_id, fact)
        asked = account.asked_as(fact.command_id)
        self.take_command(account, fact.command_id, account.revision, fact)
        pool = self._world.pool(fact.symbol)
        heard = type(asked) is TransferShares and asked.symbol == fact.symbol
        pool.outside += asked.quantity if heard else fact.quantity
        pool.accounts += fact.quantity
        holding = account.holding(fact.symbol)
        holding.quantity += fact.quantity
        holding.cost += asked.cost if heard else fact.cost
        self.moved += 1
        self._world.touched = pool
        if heard and asked.cost != fact.cost:
            self._world.report(
                "A07",
                f"{shares(fact.quantity, fact.symbol)} came in at a cost of "
                f"{dollars(asked.cost)}, and the account took down {dollars(fact.cost)}",
                cause=fact,
            )

    def refused_command(self, account: Account, fact: CommandRefused) -> None:
        """Ask whether what was refused could have been covered."""
        asked = account.asked_as(fact.command_id)
        self.take_command(account, fact.command_id, fact.reason, fact)
        self.refused += 1
        if fact.reason is _FUNDS:
            self._judge(fact, account.cash - account.held, self._least_cash(asked, fact))
        elif fact.reason is _SHARES:
            holding = account.holding(fact.symbol)
            needed = asked.quantity if type(asked) is PlaceOrder else fact.needed
            self._judge(fact, holding.quantity - holding.held, needed)
        elif fact.reason in (_CLOSED, _NOT_EMPTY):
            self._judge_closing(account, fact)
        elif fact.reason in self.judges:
            self.judged += 1
            self.judges[fact.reason](account, asked, fact)
        if fact.symbol and asked is None:
            self.orders_refused += 1

    def closed_account(self, account: Account, fact: AccountClosed) -> None:
        """Take that an account is at its end; it must have nothing left."""
        self.take_command(account, fact.command_id, account.revision, fact)
        self.closed.add(account.address)
        self._check_empty(account, fact)

    def check_closed_accounts(self) -> None:
        """Ask once more whether the closed accounts are empty, now that nothing moves."""
        for address in sorted(self.closed):
            self._check_empty(self._world.account(address), None)

    def _check_empty(self, account: Account, cause: Fact | None) -> None:
        if not _is_empty(account):
            sentence = f"{account.address} is closed and not empty"
            self._world.report("A25", sentence, cause=cause, account=account.address)

    def _judge_closing(self, account: Account, fact: CommandRefused) -> None:
        self.judged += 1
        is_wrong = (
            account.address not in self.closed if fact.reason is _CLOSED else _is_empty(account)
        )
        if is_wrong:
            sentence = f"command {fact.command_id} was refused: {fact.reason.sentence}"
            self._world.report("A17", f"{sentence} That was not so", cause=fact)

    def take_command(
        self, account: Account, command_id: CommandId, outcome: Outcome, fact: Fact
    ) -> None:
        """Note what became of a command; nothing else may become of it later.

        Only what was asked may be decided, and what was forgotten is not decided again.
        """
        if account.history is not None:
            account.history.decided(command_id)
        if command_id in account.commands or account.has_forgotten(command_id):
            self._world.report(
                "A10", f"command {command_id} was decided before and is decided again", cause=fact
            )
        elif account.is_heard and account.asked_as(command_id) is None:
            self._world.report(
                "A10", f"command {command_id} is decided, and no client has asked for it",
                cause=fact,
            )  # fmt: skip
        account.turned_away.pop(command_id, None)
        account.commands.setdefault(command_id, outcome)

    def worst_price(self, asked: PlaceOrder) -> int | None:
        """Return the worst price that a client accepts, or None if the collar is not known.

        A limit order's is its limit. That of a market order is the edge of the collar around
        the quote that its client saw, rounded away from it; a sell's is at least 1.
        """
        if asked.price_type is _LIMIT:
            return asked.limit_price
        seen, collar_bp = asked.seen_price, self._collar_bp
        if STRATEGIES[asked.price_type].is_watched:
            return None if collar_bp is None else self._by_rule(asked, collar_bp)
        if seen is None or collar_bp is None:
            return None
        if asked.order_type is BUY:
            return seen + (seen * collar_bp + _BASIS_POINTS - 1) // _BASIS_POINTS
        return max(1, seen - (seen * collar_bp + _BASIS_POINTS - 1) // _BASIS_POINTS)

    @staticmethod
    def _by_rule(asked: PlaceOrder, collar_bp: int) -> int:
        """Return the worst price by the rule of a strategy of somebody's own, taken at its word."""
        try:
            return worst_price_of(
                asked.price_type, asked.order_type, asked.limit_price, asked.seen_price, collar_bp
            )
        except StrategyFailed:
            return 0

    def name_transaction(self, account: Account, transaction_id: str, fact: Fact) -> None:
        """Check that a transaction has an id of its own."""
        last = account.last_transaction_id
        account.last_transaction_id = transaction_id
        if not is_later(transaction_id, last):
            self._world.report(
                "A06",
                f"transaction {transaction_id} does not come after {last}, the account's last one",
                cause=fact,
            )

    def _judge(self, fact: CommandRefused, available: int, needed: int) -> None:
        self.judged += 1
        if available < needed:
            return
        show = dollars if fact.reason is _FUNDS else _count
        self._world.report(
            "A17",
            f"command {fact.command_id} was refused for {fact.reason.value}, though "
            f"{show(available)} were available and {show(needed)} were needed",
            cause=fact,
        )

    def _least_cash(self, asked: Any, fact: CommandRefused) -> int:
        """Return the cash that a refused command needed, from what the client asked."""
        if type(asked) is WithdrawCash:
            return asked.amount
        if type(asked) is PlaceOrder and asked.order_type is BUY:
            worst_price = self.worst_price(asked)
            return fact.needed if worst_price is None else asked.quantity * worst_price
        return fact.needed


def _count(quantity: int) -> str:
    return shares(quantity, "")


def _is_empty(account: Account) -> bool:
    """Tell whether an account has neither cash nor shares nor an order that is open."""
    has_shares = any(holding.quantity for holding in account.holdings.values())
    return not (account.cash or has_shares or account.open_orders)
