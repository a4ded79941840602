"""The auditor: reads along, and judges whether a cent or a share was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from actors.dispatch import ATTEMPTS
from actors.domain.market_hours import Hours
from actors.domain.money import dollars
from actors.messages.base import Address, Fact, Message
from simulation.audit.accounts import AccountAudit
from simulation.audit.alerts import AlertAudit
from simulation.audit.balances import in_words
from simulation.audit.books import BookAudit
from simulation.audit.bounds import Bounds, BoundsAudit
from simulation.audit.clients import ClientAudit
from simulation.audit.epochs import EpochAudit
from simulation.audit.findings import AuditResult, Funds, shares
from simulation.audit.funds import FundsAudit
from simulation.audit.log_ins import LogInAudit
from simulation.audit.model import Account, Part, Pool, Quoted, View, handlers_of
from simulation.audit.notifications import NotificationAudit
from simulation.audit.owners import OwnerAudit
from simulation.audit.quotes import QuoteAudit
from simulation.audit.reads import ReadAudit
from simulation.audit.records import RecordsAudit
from simulation.audit.registrations import RegistrationAudit
from simulation.audit.rest import check_accepted, check_rest
from simulation.audit.sessions import SessionAudit, Sessions
from simulation.audit.settlements import SettlementAudit
from simulation.audit.staleness import StalenessAudit
from simulation.audit.watchlists import WatchlistAudit
from simulation.audit.world import World

_ACCOUNT: Final = "account"
_BOUNDS: Final = Bounds()

Listener = Callable[[Address, Any], None]


class Auditor:
    """A follower that judges every batch of facts, and what clients were told.

    It is an independent, naive model: money, shares, holds and cost basis are computed again
    from the orders and prices alone. Memory is bounded by the orders that are open, and grows
    by some 150 bytes a command and none for a question.

    Args:
        hours: When executions are allowed; None for always.
        accepted_share: Least share of the orders that must be accepted, 0 to 1.
        collar_bp: Width of the collar of market orders, in basis points; None if not known.
        bounds: What nothing may exceed.
        histories: Of how many accounts it is asked whether their history is linearizable.
        copies: The network may deliver twice what a client sent once.
        staleness_us: How stale the price on a screen may be; None where only the end counts.
        counts_from_us: From when on staleness is counted.
        attempts: Refusals by a gateway before a notification may be given up.
        parts: More parts, for what other actors than accounts record.
    """

    def __init__(
        self,
        hours: Hours | None = None,
        accepted_share: float = 0.0,
        collar_bp: int | None = None,
        *,
        bounds: Bounds = _BOUNDS,
        histories: int = 200,
        copies: bool = False,
        staleness_us: int | None = None,
        counts_from_us: int = 0,
        attempts: int = ATTEMPTS,
        parts: Sequence[Part] = (),
    ) -> None:
        self._world = world = World()
        self._accepted_share = accepted_share
        self._hours = hours
        self._funds = FundsAudit(world, collar_bp)
        self._accounts = AccountAudit(world, self._funds, bounds)
        self._settlements = SettlementAudit(world, self._funds)
        self._quotes = QuoteAudit(world)
        sessions = Sessions(hours)
        self._books = BookAudit(world, self._quotes, sessions, bounds)
        self._reads = ReadAudit(world, self._quotes)
        self._clients = ClientAudit(world, self._funds, self._reads, histories, copies=copies)
        self._log_ins = LogInAudit(world, self._reads)
        self._lists = WatchlistAudit(world, self._reads)
        self.staleness = StalenessAudit(
            world, self._quotes, self._lists, self._log_ins, staleness_us, counts_from_us
        )
        self._registrations = RegistrationAudit(world, self._reads)
        self._records = RecordsAudit(world, self._reads)
        self._owners = OwnerAudit(world, self._registrations)
        self._epochs = EpochAudit(world)
        self._bounds = BoundsAudit(world)
        alerts = AlertAudit(world, self._funds, self._quotes)
        self._notices = NotificationAudit(world, self._funds, alerts, attempts)
        self._at_end = self._notices.at_end
        self._of_accounts = handlers_of(
            self._funds, self._accounts, self._settlements, self._owners, self._notices
        )
        self._of_others = handlers_of(
            self._quotes, self._books, self._notices, self.staleness, self._registrations, *parts
        )
        self._of_accounts |= self.staleness.around(self._of_accounts)
        self._sessions = self._follow_sessions(sessions)
        self._known_accounts: dict[Address, Account] = {}
        self._known_others: dict[Address, Quoted] = {}
        self._askers, self._tellers = self._listeners()
        self._told_us = 0
        self._asked = 0
        self._remember = world.recent.append
        self._share_boundaries = 0
        self._folded = 0

    def _listeners(self) -> tuple[dict[type, Listener], dict[type, Listener]]:
        """Return what hears clients ask, and what hears them told."""
        askers: dict[type, Listener] = {}
        tellers: dict[type, Listener] = {}
        for part in (
            self._clients, self._reads, self._log_ins, self._lists, self._notices,
            self._registrations, self._records,
        ):  # fmt: skip
            askers |= part.askers
            tellers |= part.tellers
        return askers, tellers

    def _follow_sessions(self, sessions: Sessions) -> SessionAudit:
        """Let sessions be judged, around what else judges the same facts of accounts."""
        audit = SessionAudit(self._world, sessions, self._of_accounts)
        if self._hours is not None:
            self._of_accounts |= audit.of_accounts()
        self._of_others |= audit.handlers()
        return audit

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Judge one batch, and the conservation of money and shares after it.

        Where a batch has moved neither, what held before it holds after it.

        Raises:
            TypeError: Actors of this kind do not record such facts, as far as the audit knows.
        """
        world = self._world
        world.batch += 1
        world.at_us = at_us
        self._remember((address, facts, at_us))
        account = self._known_accounts.get(address)
        try:
            if account is not None:
                cash = account.cash
                held = account.held
                if account.reads:
                    account.keep_view()
                account.revision += len(facts)
                judges = self._of_accounts
                for fact in facts:
                    judges[type(fact)](account, fact)
                if address in self._at_end:
                    self._at_end[address](account, facts)
            else:
                cash = held = 0
                other = self._known_others.get(address) or self._meet(address)
                if type(other) is Account:
                    self._first_batch(other, facts)
                else:
                    judges = self._of_others
                    for fact in facts:
                        judges[type(fact)](other, fact)
                    if other.naive.owes:
                        self._books.end_batch(other)
                    if address in self._at_end:
                        self._at_end[address](other, facts)
        except KeyError as error:
            raise _unjudged(address, error) from error
        if world.touched is not None:
            self._check_conservation(world.touched)
        if world.drafts:
            world.complete(address, at_us, Funds(cash, held))

    def _first_batch(self, account: Account, facts: Sequence[Fact]) -> None:
        account.revision += len(facts)
        for fact in facts:
            self._of_accounts[type(fact)](account, fact)

    def _meet(self, address: Address) -> Account | Quoted:
        if address.partition("/")[0] == _ACCOUNT:
            account = self._known_accounts[address] = self._world.account(address)
            return account
        other = self._known_others[address] = Quoted(address)
        return other

    def _check_conservation(self, pool: Pool) -> None:
        world = self._world
        world.touched = None
        usd = world.usd
        if usd.outside - usd.accounts - usd.elsewhere != usd.gap:
            self._report_cash(usd)
        if pool is not usd:
            self._share_boundaries += 1
            if pool.outside - pool.accounts - pool.elsewhere != pool.gap:
                self._report_shares(pool)

    def asked(self, client: Address, message: Any, at_us: int) -> None:
        """Remember what a client asked, until it is answered."""
        ask = self._askers.get(type(message))
        if ask is not None and not self._owners.is_strangers(client, message):
            self._asked += 1
            ask(client, message)

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Judge what a client is told."""
        teller = self._tellers.get(type(message))
        if teller is not None:
            if not self._owners.was_for_stranger(client, message):
                teller(client, message)
        elif (tell_timed := self.staleness.tellers.get(type(message))) is not None:
            self._told_us = at_us
            if not self._owners.was_for_stranger(client, message):
                tell_timed(client, message, at_us)
        if self._world.drafts:
            self._world.complete(client, at_us)

    def took_over(self, address: Address, epoch: int, at_us: int) -> None:
        """Take that another incarnation of an actor appends from here on."""
        self._epochs.took_over(address, epoch)
        self._world.complete(address, at_us)

    def compare_balances(self, address: Address, balances: View) -> None:
        """Compare what an account says in the end that it has with what its facts make it."""
        view = self._world.account(address).view()
        if balances != view:
            self._world.report(
                "A11", f"the account has {in_words(balances)}; its facts make that "
                f"{in_words(view)}",
            )  # fmt: skip
            self._world.complete(address, -1)

    def measured(self, address: Address, what: str, value: int, bound: int) -> None:
        """Compare a size that somebody has measured with its bound.

        Args:
            address: Whose it is.
            what: Such as "messages in the mailbox".
            value: Its size, or the largest that was seen.
            bound: What it may be at most.
        """
        self._bounds.measured(address, what, value, bound)
        self._world.complete(address, -1)

    def compare_folded(self, address: Address, live: bytes, folded: bytes) -> None:
        """Compare an actor's state with what its journal folds to, both encoded."""
        self._folded += 1
        if live != folded:
            same = next((at for at, (a, b) in enumerate(zip(live, folded, strict=False)) if a != b),
                        min(len(live), len(folded)))  # fmt: skip
            self._world.report(
                "A11", f"the live state ({len(live):,} bytes) and the journal folded "
                f"({len(folded):,} bytes) differ from byte {same:,} on",
            )  # fmt: skip
            self._world.complete(address, -1)

    def broken(self, invariant: str) -> int:
        """Return how often an invariant was found broken so far."""
        return self._world.findings.counts.get(invariant, 0)

    def finish(self, at_rest: bool = True) -> AuditResult:
        """Judge the end, and return the verdict.

        Args:
            at_rest: Everything had time to come to rest; else nothing is said about what is
                still on its way, nor about how many orders were accepted.
        """
        world = self._world
        rested = 0
        self.staleness.check_end(max(world.at_us, self._told_us), at_rest=at_rest)
        if at_rest:
            check_rest(world, self._reads.questions)
            self._owners.check_rest()
            self._funds.check_closed_accounts()
            self._quotes.check_rest(self._known_others)
            self._notices.check_rest()
            if self._hours is not None:
                self._sessions.check_over(self._known_others)
            rested = self._asked + self._accounts.placed + self._books.executed
        share_checks = self._check_accepted() if at_rest else 0
        world.complete("", -1)
        return world.findings.result(self._checks() | {
            "A16": rested, "A17": self._funds.judged + self._sessions.refused + share_checks,
        })  # fmt: skip

    def _check_accepted(self) -> int:
        """Judge the share of accepted orders; who was cut off before the bell has none."""
        refused = self._clients.orders_refused + self._funds.orders_refused
        return check_accepted(self._world, self._accounts.placed, refused, self._accepted_share)

    def _checks(self) -> dict[str, int]:
        funds, accounts, books, clients = self._funds, self._accounts, self._books, self._clients
        settled, executed = self._settlements.settled, books.executed
        return {
            "A01": self._world.batch,
            "A02": self._share_boundaries,
            "A03": accounts.placed + settled + accounts.closed + funds.withdrawn_count,
            "A04": executed + books.finished + accounts.ended + accounts.closed + accounts.cancels,
            "A05": books.entered + executed + settled + accounts.ended + books.confirmed,
            "A06": settled + funds.moved,
            "A07": settled,
            "A08": books.entered + books.executed + books.finished,
            "A09": self._reads.judged + self._lists.judged + self._records.judged,
            "A10": accounts.placed + accounts.cancels + funds.moved + funds.refused
            + clients.told_count + accounts.forgotten,
            "A11": self._folded,
            "A12": executed + self._sessions.judged if self._hours is not None else 0,
            "A13": executed + self._quotes.quotes,
            "A14": clients.told_count + self._log_ins.judged + self._registrations.judged,
            "A15": accounts.covered + books.entered,
            "A19": len(self._known_accounts) + len(self._known_others) + self._epochs.count,
            "A20": sum(history.judged for history in clients.histories),
            "A24": self.staleness.judged,
            "A25": self._owners.judged + len(self._funds.closed),
            "A21": accounts.placed + executed + books.finished + self._bounds.measured_count,
            "A23": self._notices.judged,
        }  # fmt: skip

    def _report_cash(self, usd: Pool) -> None:
        missing, usd.gap = usd.missing() - usd.gap, usd.missing()
        flight = self._world.in_flight(usd.asset)
        self._world.report(
            "A01", f"{dollars(abs(missing))} {_appeared(missing)}: accounts have "
            f"{dollars(usd.accounts)}, the street {dollars(usd.elsewhere - flight)}, "
            f"{dollars(flight)} are in flight, and {dollars(usd.outside)} came in from outside",
        )  # fmt: skip

    def _report_shares(self, pool: Pool) -> None:
        missing, pool.gap = pool.missing() - pool.gap, pool.missing()
        flight = self._world.in_flight(pool.asset)
        self._world.report(
            "A02", f"{shares(abs(missing), pool.asset)} {_appeared(missing)}: accounts have "
            f"{pool.accounts:,}, the street {pool.elsewhere - flight:,}, {flight:,} are in flight, "
            f"and {pool.outside:,} came in from outside",
        )  # fmt: skip


def _unjudged(address: Address, error: KeyError) -> BaseException:
    """Return what is wrong if a type of fact was not found; else the error itself."""
    kind = error.args[0]
    if not isinstance(kind, type):
        return error
    return TypeError(f"{address} recorded a {kind.__name__}, which the audit cannot judge there")


def _appeared(missing: int) -> str:
    return "vanished" if missing > 0 else "appeared"
