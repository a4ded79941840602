"""Observers: what people attach to stocks, and the actor that serves each of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TextIO, TypeAlias, assert_never

from actors.actor import MICROSECONDS, Actor
from actors.addresses import OPERATIONS
from actors.domain.money import dollars
from actors.messages.base import Address
from actors.messages.control import Alarm, Remind
from actors.messages.feed import Detach, PriceUpdate, RenewalDue
from actors.subscriptions import Subscriptions

if TYPE_CHECKING:
    from actors.handles.portfolio import HoldingSummary

ObserverMessage: TypeAlias = PriceUpdate | RenewalDue | Detach | Remind

_FAILURES_IN_DETAIL = 100


class PriceObserver(Protocol):
    """Somebody who wants to know when the price of a stock changes."""

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        """Take a change; prices are whole 1/10,000 USD.

        It is called by the brokerage while it works, so it must be quick and must not ask the
        brokerage for anything. What it raises is counted, and hurts nobody else.
        """


def check_observer(observer: object) -> None:
    """Check that somebody can be told of prices.

    Raises:
        TypeError: It has no method `update` that takes a change, or is a class of those that have.
    """
    update: Any = getattr(observer, "update", None)
    if isinstance(observer, type) or not callable(update) or not _takes_a_change(update):
        raise TypeError(
            f"an observer has a method update(symbol, old_price, new_price), unlike {observer!r}"
        )


def _takes_a_change(update: Callable[..., Any]) -> bool:
    try:
        inspect.signature(update).bind("AAPL", 1, 2)
    except TypeError:
        return False
    except ValueError:  # it does not tell what it takes
        return True
    return True


class Observed:
    """One observer and the stocks that it observes, as people hold it.

    Attributes:
        observer: Who is told.
        symbols: Of which stocks.
        updates: How many changes it was told.
        errors: The first hundred of what it raised, in order.
        error_count: How often it raised.
    """

    def __init__(self, observer: PriceObserver, symbols: Iterable[str], interval_s: float) -> None:
        self.observer = observer
        self.symbols = tuple(symbols)
        self.interval_us = round(interval_s * MICROSECONDS)
        self.updates = 0
        self.errors: list[Exception] = []
        self.error_count = 0
        self.address: Address = ""
        self._runtime: Any = None
        self._is_being_told = False

    def attached(self, runtime: Any, address: Address) -> None:
        """Take note of where it is served."""
        self._runtime, self.address = runtime, address

    @property
    def is_attached(self) -> bool:
        """Whether it is still told."""
        return bool(self.address)

    def tell(self, symbol: str, old_price: int, new_price: int) -> bool:
        """Tell the observer, unless it is detached; return False if it raised."""
        if not self.is_attached:
            return True
        self.updates += 1
        self._is_being_told = True
        try:
            self.observer.update(symbol, old_price, new_price)
        except Exception as error:  # whatever somebody else's code may raise
            self.error_count += 1
            if len(self.errors) < _FAILURES_IN_DETAIL:
                self.errors.append(error)
            return False
        finally:
            self._is_being_told = False
        return True

    def detach(self) -> None:
        """Let the observer be told nothing more; detaching twice does nothing more.

        An observer may do so itself while it is told; its actor then stays, and follows nothing.
        """
        if self.is_attached:
            address, self.address = self.address, ""
            if address not in self._runtime.cells:
                return  # the brokerage is closed
            self._runtime.send(address, Detach())
            if self._is_being_told:
                return
            self._runtime.run_until_idle()
            self._runtime.stop(address)


class ObserverActor(Actor):
    """Subscribes to stocks for an observer, and tells it each change.

    Args:
        observed: Whom, and which stocks; it outlives a restart of this actor.
    """

    def __init__(self, observed: Observed) -> None:
        super().__init__()
        self.observed = observed
        self.subscriptions = Subscriptions(self, observed.interval_us)

    def on_start(self) -> None:
        self.subscriptions.want(self.observed.symbols)

    def on_recovered(self) -> None:
        self.subscriptions.want(self.observed.symbols)

    def receive(self, message: ObserverMessage, sender: Address) -> None:
        match message:
            case PriceUpdate():
                self.tell(message)
            case RenewalDue():
                self.subscriptions.renew()
            case Detach():
                self.subscriptions.want(())
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def tell(self, update: PriceUpdate) -> None:
        """Tell a change; the first price of all is none."""
        before = self.subscriptions.take(update)
        if before and not self.observed.tell(update.symbol, before, update.price):
            error = self.observed.errors[-1]
            what = f"{type(error).__name__}: {error}"
            name = type(self.observed.observer).__name__
            self.send(OPERATIONS, Alarm(f"{name}, an observer of {update.symbol}, raised {what}"))


class ConsoleObserver:
    """Writes each change as a line.

    Args:
        stream: Where to; such as `sys.stdout`.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        """Write a change."""
        sign = "+" if new_price >= old_price else "-"
        change = dollars(abs(new_price - old_price))
        self._stream.write(f"{symbol} {dollars(new_price)} ({sign}{change})\n")


class PortfolioObserver:
    """Recalculates what a portfolio is worth, one step for each change.

    Args:
        holdings: As `get_holdings_summary()` returns them.
        prices: Current price of each of them, 1/10,000 USD.

    Attributes:
        value: What they are worth, 1/10,000 USD.
        profit_loss: That, less what they have cost.
    """

    def __init__(self, holdings: Mapping[str, HoldingSummary], prices: Mapping[str, int]) -> None:
        self._quantities = {symbol: line.quantity for symbol, line in holdings.items()}
        self._prices = {symbol: prices[symbol] for symbol in holdings}
        self._cost = sum(line.cost for line in holdings.values())
        self.value = sum(line.quantity * prices[symbol] for symbol, line in holdings.items())

    @property
    def profit_loss(self) -> int:
        """Value less cost, 1/10,000 USD."""
        return self.value - self._cost

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        """Take the new price of a holding into account."""
        if symbol in self._prices:
            self.value += self._quantities[symbol] * (new_price - self._prices[symbol])
            self._prices[symbol] = new_price
