"""Values with units: what is read, refused, and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250us", 0.00025), ("5ms", 0.005), ("30s", 30), ("10m", 600), ("6.5h", 23_400)],
)
def test_a_duration_carries_its_unit(text: str, seconds: float) -> None:
    assert units.DURATION.parse(text) == seconds


@pytest.mark.parametrize(("text", "per_s"), [("500/s", 500), ("30/m", 0.5), ("1_000/s", 1_000)])
def test_a_rate_carries_its_unit(text: str, per_s: float) -> None:
    assert units.RATE.parse(text) == pytest.approx(per_s)


def test_a_share_is_a_fraction_and_basis_points_are_hundredths_of_percent() -> None:
    assert units.SHARE.parse("55%") == 0.55
    assert units.SHARE.parse("30bp") == 0.003
    assert units.BASIS_POINTS.parse("5%") == 500


@pytest.mark.parametrize(
    ("text", "amount"),
    [("$100", 1_000_000), ("$10_000", 100_000_000), ("$0.0001", 1), ("-$1.50", -15_000)],
)
def test_money_is_whole_ten_thousandths_of_a_dollar(text: str, amount: int) -> None:
    assert units.parse_money(text) == amount


def test_money_too_fine_for_the_ledger_is_refused_not_rounded() -> None:
    with pytest.raises(ValueError, match=r"\$0\.0001"):
        units.parse_money("$0.00005")


@pytest.mark.parametrize("given", [5, 5.0, True, None, "5", "", "s", "5 s", "5x", "٥s", "1e3s", []])
def test_a_bare_number_or_an_unknown_unit_is_refused_with_the_right_form(given: object) -> None:
    with pytest.raises(ValueError, match='like "250us"'):
        units.DURATION.parse(given)


@pytest.mark.parametrize("given", [100, "100", "100$", "$", "$1,000", "$1e3"])
def test_money_without_its_sign_is_refused_with_the_right_form(given: object) -> None:
    with pytest.raises(ValueError, match=r'like "\$100"'):
        units.parse_money(given)


def test_a_number_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond"):
        units.DURATION.parse("9" * 400 + "s")


def test_a_time_of_day_may_name_new_york_and_nothing_else() -> None:
    assert units.parse_time_of_day("09:25") == 33_900
    assert units.parse_time_of_day("09:25:30 America/New_York") == 33_930
    for wrong in ("9:25", "24:00", "09:60", "09:25 UTC", 925):
        with pytest.raises(ValueError, match="time of day"):
            units.parse_time_of_day(wrong)


QUANTITIES = (units.DURATION, units.RATE, units.SHARE, units.BASIS_POINTS)


@given(st.sampled_from(QUANTITIES), st.floats(min_value=0, max_value=1e12))
def test_what_is_written_reads_back_as_the_same_value(
    quantity: units.Quantity, value: float
) -> None:
    assert quantity.parse(quantity.format(value)) == value


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_written_money_reads_back_to_the_last_unit(amount: int) -> None:
    assert units.parse_money(units.format_money(amount)) == amount


@given(st.integers(min_value=0, max_value=86_399))
def test_a_written_time_of_day_reads_back(seconds: int) -> None:
    assert units.parse_time_of_day(units.format_time_of_day(seconds)) == seconds
