"""The market is open from its opening up to its close."""

from __future__ import annotations

import msgspec
import pytest

from actors.domain.market_hours import ALWAYS_OPEN, MarketHours

HOURS = MarketHours(opens_us=100, closes_us=200)


@pytest.mark.parametrize(
    ("at_us", "is_open", "until_close_us"),
    [(99, False, 101), (100, True, 100), (199, True, 1), (200, False, 0), (201, False, 0)],
)
def test_the_opening_belongs_to_the_session_and_the_close_does_not(
    at_us: int, is_open: bool, until_close_us: int
) -> None:
    assert HOURS.is_open(at_us) is is_open
    assert HOURS.until_close_us(at_us) == until_close_us


def test_a_market_that_is_always_open_never_closes() -> None:
    assert ALWAYS_OPEN.is_open(0)
    assert ALWAYS_OPEN.is_open(10**18)
    assert not ALWAYS_OPEN.ever_closes()
    assert HOURS.ever_closes()


@pytest.mark.parametrize("closes_us", [100, 99])
def test_a_market_must_close_after_it_opens(closes_us: int) -> None:
    with pytest.raises(ValueError, match="opens at 100 us must close later"):
        MarketHours(100, closes_us)


@pytest.mark.parametrize("hours", [HOURS, ALWAYS_OPEN])
def test_market_hours_survive_their_snapshot(hours: MarketHours) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(hours), type=MarketHours) == hours
