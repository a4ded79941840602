"""The table of all planted bugs: who plays them, how hard they are to find, and what finds them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Final

from actors.account import Account
from actors.alerts import Alerts
from actors.exchange import StockExchange
from actors.market_data import MarketData
from actors.notifier import Notifier
from actors.order_book import OrderBook
from actors.portfolio_view import PortfolioView
from actors.price_feed import PriceFeed
from actors.runtimes.journal import MemoryJournal
from actors.stock import Stock
from actors.watchlist import Watchlist
from planted import account_commands as c
from planted import accounts as a
from planted import books as b
from planted import doors as d
from planted import feeds as w
from planted import machinery as m
from planted import memory as y
from planted import notices as n
from planted import owners as o
from planted import prices as p
from planted import sessions as s
from planted.slices import SlicingBook
from simulation.explore import REAL, Cast
from simulation.virtual_time import VirtualTimeRuntime

_BASES: Final = (
    ("account", Account), ("book", OrderBook), ("stock", Stock), ("market_data", MarketData),
    ("exchange", StockExchange), ("notifier", Notifier), ("alerts", Alerts),
    ("feed", PriceFeed), ("watchlist", Watchlist), ("view", PortfolioView),
    ("journal", MemoryJournal), ("runtime", VirtualTimeRuntime),
)  # fmt: skip
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True)
class Bug:
    """One planted bug.

    Attributes:
        planted: The class that has it; its docstring says what is wrong.
        difficulty: E, M or H: how rarely chance alone finds such a bug.
        invariants: Of the audit, any of which may find it.
        faults: It shows only where messages are lost, repeated or late, or actors crash.
        given: Right classes that it needs around it.
        is_wanted: One of the bugs that the design lists; else one of our own.
    """

    planted: type[Any]
    difficulty: str
    invariants: tuple[str, ...]
    faults: bool = False
    given: dict[str, type[Any]] = field(default_factory=dict)
    is_wanted: bool = False

    @property
    def name(self) -> str:
        """How the bug is called on a command line."""
        return _CAPITAL.sub("-", self.planted.__name__).lower()

    @property
    def sentence(self) -> str:
        """What is wrong, in one sentence."""
        return (self.planted.__doc__ or "").strip()

    @property
    def tolerated(self) -> frozenset[str]:
        """Invariants that the right classes around it break, as they belong to another venue.

        A quote venue executes an order whole, and the audit's own model of it does as well.
        """
        return frozenset({"A08"}) if SlicingBook in self.given.values() else frozenset()

    @property
    def part(self) -> str:
        """The part that its class plays."""
        return next(part for part, base in _BASES if issubclass(self.planted, base))

    def right_cast(self, base: Cast = REAL) -> Cast:
        """Return who plays where nothing is wrong."""
        return replace(base, **self.given)

    def cast(self, base: Cast = REAL) -> Cast:
        """Return who plays where the bug is planted.

        A journal or runtime is planted on top of the one that plays the part in `base`.
        """
        right = getattr(base, self.part)
        fits = issubclass(self.planted, right)
        planted = self.planted if fits else type(self.planted.__name__, (self.planted, right), {})
        return replace(self.right_cast(base), **{self.part: planted})


def wanted(
    planted: type[Any], difficulty: str, *invariants: str, faults: bool = False, **given: type[Any]
) -> Bug:
    """Return a bug that the design lists."""
    return Bug(planted, difficulty, invariants, faults, given, True)


def own(
    planted: type[Any], difficulty: str, *invariants: str, faults: bool = False, **given: type[Any]
) -> Bug:
    """Return a bug of our own choice."""
    return Bug(planted, difficulty, invariants, faults, given)


TABLE: Final[tuple[Bug, ...]] = (
    wanted(a.SettlesAgain, "E", "A04", "A05", faults=True),
    wanted(m.SnapshotOmitsDedupe, "E", "A05", "A10", "A11"),
    wanted(m.SnapshotOmitsOutbox, "M", "A05", "A11", "A16"),
    wanted(c.NoCommandDedupe, "E", "A10"),
    wanted(c.CommandDedupeInMemory, "M", "A10", faults=True),
    wanted(b.NoSubmitDedupe, "E", "A05", "A16", faults=True),
    wanted(a.ReleasesOnLastWord, "E", "A04", faults=True, book=SlicingBook),
    wanted(a.ReleasesOnTimeout, "E", "A04", faults=True),
    wanted(m.SendsBeforeAppend, "M", "A14", "A05", faults=True),
    wanted(a.AcknowledgesFirst, "M", "A05"),
    wanted(a.HoldsLastPrice, "E", "A03", "A15"),
    wanted(c.SpendsHeldFunds, "M", "A03"),
    wanted(a.ReleasesOnFirstFill, "E", "A03", book=SlicingBook),
    wanted(p.LastComeFirst, "M", "A08"),
    wanted(p.PriceIgnored, "E", "A08"),
    wanted(b.ExecutesAtTheLimit, "E", "A13"),
    wanted(a.WritesBackRememberedCash, "E", "A01", "A03", "A09", "A17", "A20"),
    wanted(c.OutboxNotResent, "E", "A05", "A16", faults=True),
    wanted(b.NoTombstone, "H", "A04", faults=True),
    wanted(b.TombstoneInMemory, "M", "A04", "A05", "A16", faults=True),
    wanted(a.BasisByProceeds, "E", "A07"),
    wanted(a.SecondTransaction, "E", "A05", "A06", faults=True),
    wanted(b.HoursByMessageTime, "H", "A12", account=b.TellsTime),
    wanted(p.ReplicaGoesBack, "E", "A09", "A13", "A24", faults=True),
    wanted(m.NoFencing, "E", "A05", "A10", "A11", "A19", faults=True),
    wanted(b.ExecutionsRestart, "E", "A05", faults=True),
    wanted(b.WrongSide, "E", "A13"),
    wanted(a.ExpiresByOwnClock, "M", "A04"),
    wanted(a.ClosesSeparately, "M", "A04", "A16", faults=True),
    wanted(a.CancelOutlivesOrder, "H", "A16", "A21"),
    wanted(b.HighWaterMark, "E", "A16", faults=True),
    wanted(b.WindowOfEight, "H", "A05", "A16", faults=True),
    wanted(m.RecoveryDropsLast, "E", "A11", "A10"),
    wanted(m.AccountGivesUp, "E", "A16", faults=True),
    wanted(a.KeepsCancelledHold, "E", "A03"),
    wanted(c.RefusesCoverable, "E", "A17"),
    wanted(c.MutatesAfterSending, "M", "A05"),
    wanted(m.ServesBeforeRecovered, "M", "A10", "A11", "A17", faults=True),
    wanted(m.AccountStorm, "M", "A21", "A16", faults=True),
    wanted(m.UnboundedMailbox, "M", "A21"),
    wanted(p.StalePrice, "M", "A13", faults=True),
    wanted(m.SendsBeforeCommit, "M", "A14", "A05", faults=True),
    wanted(b.CloseInSetOrder, "H", "A22"),
    own(c.UsedIdAgain, "M", "A10"),
    own(c.ForgottenCommandAgain, "H", "A10"),
    own(c.AnswersRefusedAsAccepted, "M", "A10"),
    own(c.LateCancelAccepted, "M", "A10"),
    own(c.WithdrawsHeldFunds, "M", "A03"),
    own(c.TransactionsRestart, "E", "A06", faults=True),
    own(c.OrdersRestart, "E", "A10", faults=True),
    own(c.TransferWithoutCost, "E", "A07"),
    own(a.SettlesAtOwnPrice, "E", "A01", "A05"),
    own(a.ReleasesTwice, "E", "A03"),
    own(a.ReleasesOnCancel, "E", "A04"),
    own(a.ReportsLimitPrice, "E", "A14"),
    own(d.AcceptsAtTheDoor, "E", "A14"),
    own(d.SwallowsRefusals, "E", "A16"),
    own(b.CancelOverwritesReport, "H", "A04", "A05", faults=True),
    own(b.AssumesDelivery, "E", "A05"),
    own(b.ConfirmsTheOldest, "E", "A05"),
    own(b.RenamesResent, "M", "A05", faults=True),
    own(b.NoCollar, "M", "A13"),
    own(b.ClosesLate, "M", "A12"),
    own(b.CloseForgetsSells, "M", "A16"),
    own(s.ExecutesBeforeTheOpening, "M", "A12"),
    own(s.OpeningMissesOrders, "M", "A08"),
    own(s.ExpiresWithTheNextSession, "M", "A16"),
    own(s.SessionIgnored, "H", "A12", faults=True),
    own(p.MissesTriggers, "E", "A08"),
    own(p.PriceToldOnce, "M", "A16", "A24", faults=True),
    own(p.PriceNumbersRestart, "M", "A13", faults=True),
    own(y.LosesShareInMemory, "E", "A11"),
    own(y.BasisOffInMemory, "E", "A11"),
    own(y.RealisedOffInMemory, "E", "A11"),
    own(o.ServesStrangers, "E", "A25", exchange=o.OpenDoor),
    own(o.ClosesUnemptied, "E", "A25"),
    own(o.ForgetsThatItIsClosed, "E", "A25"),
    own(o.KeepsItsAlerts, "H", "A25"),
    own(m.SnapshotOmitsQueue, "E", "A08", "A11"),
    own(m.BookGivesUp, "M", "A05", "A16", faults=True),
    own(n.OwesNoCancels, "M", "A23"),
    own(n.OwesTwice, "E", "A23"),
    own(n.OwesWhatIsNotWanted, "M", "A23"),
    own(n.TellsOnce, "E", "A23", faults=True),
    own(n.HearsAlertsAgain, "M", "A23", faults=True),
    own(n.TakesAgain, "E", "A23", faults=True),
    own(n.ConfirmsWithoutRoom, "M", "A23"),
    own(n.BelievesItIsSent, "E", "A23"),
    own(n.ForgetsTheSilent, "M", "A16", "A23", faults=True),
    own(n.SendsAgain, "E", "A23"),
    own(n.MissesTheThreshold, "H", "A23"),
    own(n.FiresOnceMore, "M", "A23"),
    own(n.ForgetsTheArmed, "H", "A23", faults=True),
    own(n.ArmsTheRemoved, "H", "A23", faults=True),
    own(m.ForgetsToRemind, "M", "A05", "A16", faults=True),
    own(w.DropsTheNewest, "M", "A24"),
    own(w.TimerNotRearmed, "M", "A24"),
    own(w.WrongSum, "M", "A24"),
    own(w.ShowsAfterLogOut, "H", "A24"),
    own(w.ShowsUnwatched, "H", "A24"),
    own(w.ViewLostInCrash, "M", "A24", faults=True),
    own(w.NeverRenews, "M", "A24", faults=True),
    own(w.TakesOlderPrices, "M", "A24", faults=True),
    own(n.ArmsAnotherPrice, "E", "A23"),
    own(n.DisarmsAnother, "H", "A23"),
    own(n.NeverFollows, "M", "A23"),
    own(n.KnowsNoAlert, "M", "A17"),
    own(n.GivesUpAtOnce, "M", "A23"),
    own(w.HearsNoLogIn, "E", "A14"),
    own(w.TellsNoHoldings, "M", "A24"),
    own(w.IsAlwaysFull, "E", "A17"),
    own(w.LeavesOneOut, "M", "A09"),
    own(w.WatchesAgain, "M", "A10"),
    own(w.ServesAnybody, "H", "A25", exchange=o.RoutesByAccount),
)
"""The bugs, those of the design first, each once."""
