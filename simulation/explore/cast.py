"""Who plays the parts of a small world: the real classes, and in tests their planted doubles."""

from __future__ import annotations

from dataclasses import dataclass

from actors.account import Account
from actors.alerts import Alerts
from actors.exchange import StockExchange
from actors.market_data import MarketData
from actors.notifier import Notifier
from actors.order_book import OrderBook
from actors.portfolio_view import PortfolioView
from actors.price_feed import PriceFeed
from actors.stock import Stock
from actors.watchlist import Watchlist
from simulation.faults import FaultyRuntime, SimulatedDisk


@dataclass(frozen=True, slots=True)
class Cast:
    """The class that plays each part.

    A test hands over a cast with a planted bug to see that the audit catches it. Neither a
    scenario nor the environment nor the command line can name one.
    """

    account: type[Account] = Account
    book: type[OrderBook] = OrderBook
    exchange: type[StockExchange] = StockExchange
    stock: type[Stock] = Stock
    market_data: type[MarketData] = MarketData
    notifier: type[Notifier] = Notifier
    alerts: type[Alerts] = Alerts
    feed: type[PriceFeed] = PriceFeed
    watchlist: type[Watchlist] = Watchlist
    view: type[PortfolioView] = PortfolioView
    journal: type[SimulatedDisk] = SimulatedDisk
    runtime: type[FaultyRuntime] = FaultyRuntime


REAL = Cast()
