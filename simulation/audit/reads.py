"""Judges what clients read: never back in time, and never what was not so (A09)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.domain.money import dollars
from actors.messages.alerts import PreferencesAnswer
from actors.messages.base import Address, CommandId
from actors.messages.notifications import GetPreferences
from actors.messages.queries import (
    AccountAnswer,
    GetAccount,
    GetPortfolio,
    GetQuote,
    HoldingLine,
    PortfolioAnswer,
    QuoteAnswer,
    SearchAnswer,
    SearchStocks,
)
from simulation.audit.balances import in_words
from simulation.audit.linearizable import Read
from simulation.audit.model import Account, Question, View
from simulation.audit.quotes import QuoteAudit
from simulation.audit.world import World

Answer = PortfolioAnswer | AccountAnswer
_ASKED_KEPT: Final = 20_000


class ReadAudit:
    """Compares what clients read with what was to be read at that revision.

    A session is what one client knows of one account or symbol. A read counts as later than an
    answer only if it was asked after that answer had left: the network may reorder.

    Attributes:
        questions: Those without an answer, of which the answer does not name an account.
        answers: How many there were.
    """

    def __init__(self, world: World, quotes: QuoteAudit) -> None:
        self._world = world
        self._accounts = world.accounts
        self._noted = quotes.noted
        self._latest = quotes.latest
        self._quote_seen: dict[tuple[Address, str], int] = {}
        self.questions: dict[tuple[Address, CommandId], Question] = {}
        self._asked: dict[tuple[Address, CommandId], None] = {}  # lately, the oldest first
        self.answers = 0
        self.judged = 0
        self.askers: dict[type, Callable[[Address, Any], None]] = {
            GetPortfolio: self.read_asked,
            GetAccount: self.read_asked,
            GetQuote: self.quote_asked,
            SearchStocks: self.question_asked,
            GetPreferences: self.question_asked,
        }
        self.tellers: dict[type, Callable[[Address, Any], None]] = {
            PortfolioAnswer: self.portfolio_read,
            AccountAnswer: self.account_read,
            QuoteAnswer: self.quote_read,
            SearchAnswer: self.answered,
            PreferencesAnswer: self.answered,
        }

    def read_asked(self, client: Address, message: GetPortfolio | GetAccount) -> None:
        """Note what the answer must at least contain; a repeat changes nothing."""
        account = self._world.account(message.account)
        command_id = message.command_id
        is_new = self.is_new(message.account, command_id)
        if command_id not in account.pending:
            client = message.reply_to or client
            floor = account.seen.get(client, 0) if is_new else 0
            account.pending[command_id] = Question(message, floor)
            account.reads += 1
        if account.history is not None and is_new:
            account.history.asked(command_id)

    def quote_asked(self, client: Address, message: GetQuote) -> None:
        """Note how old the quote may be at most."""
        client = message.reply_to or client
        seen = self._quote_seen.get((client, message.symbol), 0)
        floor = seen if self.is_new(client, message.command_id) else 0
        self.questions.setdefault((client, message.command_id), Question(message, floor))

    def is_new(self, whose: Address, command_id: CommandId) -> bool:
        """Tell whether a question comes for the first time; a late answer may be to the first."""
        asked, key = self._asked, (whose, command_id)
        if key in asked:
            return False
        if len(asked) == _ASKED_KEPT:
            del asked[next(iter(asked))]
        asked[key] = None
        return True

    def question_asked(self, client: Address, message: Any) -> None:
        """Remember a question, until it is answered."""
        key = message.reply_to or client, message.command_id
        self.questions.setdefault(key, Question(message, 0))

    def dated_question_asked(self, client: Address, message: Any) -> None:
        """Remember a question, and how far the journal had come; -1 for one that comes again."""
        client = message.reply_to or client
        floor = self._world.batch if self.is_new(client, message.command_id) else -1
        self.questions.setdefault((client, message.command_id), Question(message, floor))

    def answered(self, client: Address, message: Any) -> None:
        """Take an answer that says nothing that could be wrong."""
        self.answers += 1
        self.questions.pop((client, message.command_id), None)

    def quote_read(self, client: Address, message: QuoteAnswer) -> None:
        """Check that a quote was noted so, and is no older than one that was seen."""
        self.answers += 1
        self.judged += 1
        symbol, number = message.symbol, message.number
        asked = self.questions.pop((client, message.command_id), None)
        noted = self._noted.get(symbol)
        price = None if noted is None else noted.get(number)
        is_known = price == message.price if number else not message.price
        if not is_known and (price is not None or self._is_missing(symbol, number)):
            was = "none" if price is None else dollars(price)
            self._world.report(
                "A09", f"{client} reads quote {number} of {symbol} as {dollars(message.price)}; "
                f"what the market data has noted under this number is {was}", cause=message,
            )  # fmt: skip
        if asked is not None and number < asked.floor:
            self._world.report(
                "A09", f"{client} reads quote {number} of {symbol} after it had read quote "
                f"{asked.floor}", cause=message,
            )  # fmt: skip
        if number > self._quote_seen.get((client, symbol), 0):
            self._quote_seen[client, symbol] = number

    def _is_missing(self, symbol: str, number: int) -> bool:
        """Tell whether a quote was never noted, and not only forgotten here."""
        noted = self._noted.get(symbol)
        return not noted or number > self._latest[symbol] or number >= next(iter(noted))

    def portfolio_read(self, client: Address, message: PortfolioAnswer) -> None:
        """Check balances and holdings, and the sums and prices that the market data adds."""
        self.account_read(client, message)
        worth = sum(
            line.quantity * price
            for line, price in zip(message.holdings, message.prices, strict=False)
        )
        cost = sum(line.cost for line in message.holdings)
        if (worth, cost) != (message.current_value, message.cost_total) or len(
            message.prices
        ) != len(message.holdings):
            self._world.report(
                "A09", f"{client} reads a portfolio worth {dollars(message.current_value)} at a "
                f"cost of {dollars(message.cost_total)}; its lines sum to {dollars(worth)} and "
                f"{dollars(cost)}", cause=message,
            )  # fmt: skip
        for line, price in zip(message.holdings, message.prices, strict=False):
            self._check_price(client, line, price, message)

    def _check_price(
        self, client: Address, line: HoldingLine, price: int, message: PortfolioAnswer
    ) -> None:
        noted = self._noted.get(line.symbol)
        if noted is None:
            is_known = not price
        else:
            latest = noted[self._latest[line.symbol]]
            is_known = price == latest or price in noted.values() or 1 not in noted
        if not is_known:
            self._world.report(
                "A09", f"{client} reads {line.symbol} valued at {dollars(price)}, which the market "
                "data has never noted", cause=message,
            )  # fmt: skip

    def account_read(self, client: Address, message: Answer) -> None:
        """Check that the balances are those of their revision, and that it is late enough."""
        self.answers += 1
        account = self._accounts.get(message.account)
        if account is None:
            self._world.report(
                "A09", f"{client} reads {message.account}, which has recorded nothing",
                cause=message,
            )  # fmt: skip
            return
        asked = account.pending.pop(message.command_id, None)
        if type(asked) is Question:
            account.reads -= 1
            if message.revision < asked.floor:
                self._explain_age(client, message, asked.floor)
        self._check_content(client, account, message)
        if not account.reads:
            account.views.clear()
        if message.revision > account.seen.get(client, 0):
            account.seen[client] = message.revision
        if account.history is not None:
            shares = {line.symbol: (line.quantity, line.held) for line in message.holdings}
            account.history.told(message.command_id, Read(message.cash, message.held, shares))

    def _check_content(self, client: Address, account: Account, message: Answer) -> None:
        if message.revision == account.revision:
            holdings = account.holdings
            is_right = (
                message.cash == account.cash
                and message.held == account.held
                and message.realised == account.realised
                and all(_is_line_of(holdings.get(line.symbol), line) for line in message.holdings)
                and len(message.holdings) == sum(1 for h in holdings.values() if h.quantity)
            )
            view = None if is_right else account.view()
        else:
            view = account.views.get(message.revision)
            if view is None and message.revision < account.revision:
                return  # a late answer, or one to a question that was not heard
            is_right = view is not None and _shown(message) == view
        self.judged += 1
        if not is_right:
            self._explain_content(client, message, view)

    def _explain_age(self, client: Address, message: Answer, floor: int) -> None:
        self._world.report(
            "A09", f"{client} reads revision {message.revision} of {message.account}, after it had "
            f"been told of revision {floor}", cause=message,
        )  # fmt: skip

    def _explain_content(self, client: Address, message: Answer, view: View | None) -> None:
        if view is None:
            so = "the journal has not come so far"
        else:
            so = f"the journal says {in_words(view)}"
        self._world.report(
            "A09", f"{client} reads at revision {message.revision} of {message.account} "
            f"{in_words(_shown(message))}; {so}", cause=message,
        )  # fmt: skip


def _is_line_of(holding: Any, line: HoldingLine) -> bool:
    return (
        holding is not None
        and holding.quantity == line.quantity
        and holding.held == line.held
        and holding.cost == line.cost
    )


def _shown(message: Answer) -> View:
    lines = {line.symbol: (line.quantity, line.held, line.cost) for line in message.holdings}
    return message.cash, message.held, message.realised, lines
