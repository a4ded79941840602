"""Money goes in and out without loss, and what is no money is refused."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.money import MAX_MONEY, InvalidAmount, dollars, money

AMOUNTS = st.integers(-MAX_MONEY, MAX_MONEY)


@given(AMOUNTS)
def test_an_amount_shown_and_read_again_is_the_same(units: int) -> None:
    assert money(dollars(units)) == units


@given(AMOUNTS)
def test_a_decimal_of_dollars_is_read_exactly(units: int) -> None:
    assert money(Decimal(units).scaleb(-4)) == units


@given(st.integers(-(10**13), 10**13))
def test_a_whole_number_means_dollars(amount: int) -> None:
    assert money(amount) == amount * 10_000


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("10000.00", 100_000_000),
        ("$10_000", 100_000_000),
        ("1,234.5678", 12_345_678),
        ("$1,234,567", 12_345_670_000),
        ("-$3.50", -35_000),
        ("-3.5", -35_000),
        ("0", 0),
        ("0.0001", 1),
    ],
)
def test_people_may_write_dollars_in_their_usual_ways(text: str, units: int) -> None:
    assert money(text) == units


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (100_000_000, "$10,000.00"),
        (-35_000, "-$3.50"),
        (0, "$0.00"),
        (1, "$0.0001"),
        (1_250, "$0.125"),
        (-1_234_567, "-$123.4567"),
    ],
)
def test_an_amount_is_shown_with_no_more_decimals_than_it_needs(units: int, text: str) -> None:
    assert dollars(units) == text


@pytest.mark.parametrize(
    "garbage",
    ["", " ", "ten", "1.", ".5", "--1", "$-1", "+1", "1,23", "12,3456", "1__0", "1_", " 1", "1\n",
     "1e3", "0x10", "NaN", "inf", "\u0661", "1 000", "\u20ac5"],
)  # fmt: skip
def test_text_that_is_no_amount_is_refused_with_an_example(garbage: str) -> None:
    with pytest.raises(InvalidAmount, match="is not an amount; write dollars, for example"):
        money(garbage)


@pytest.mark.parametrize("value", [1.5, 1.0, float("nan"), True, False, None, b"1", [1]])
def test_what_cannot_hold_money_exactly_is_refused_by_its_type(value: object) -> None:
    with pytest.raises(InvalidAmount, match="cannot hold money exactly; give text"):
        money(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["1.00001", "0.00000", Decimal("0.00001"), Decimal("1e-900")])
def test_more_than_four_decimals_are_refused(value: str | Decimal) -> None:
    with pytest.raises(InvalidAmount, match="at most 4"):
        money(value)


@pytest.mark.parametrize("value", ["-0", "-$0.00", Decimal("-0.0")])
def test_a_negative_zero_is_refused(value: str | Decimal) -> None:
    with pytest.raises(InvalidAmount, match="negative zero; write 0"):
        money(value)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount, match="is not an amount of money"):
        money(Decimal(text))


@pytest.mark.parametrize(
    "value",
    [10**13 + 1, -(10**13) - 1, "10000000000000.0001", "9" * 5_000, Decimal("1e999999999"),
     pytest.param(10**5_000, id="huge")],
)  # fmt: skip
def test_an_amount_beyond_the_bound_is_refused_briefly(value: str | int | Decimal) -> None:
    with pytest.raises(InvalidAmount, match=r"at most \$10,000,000,000,000\.00") as refusal:
        money(value)
    assert len(str(refusal.value)) < 120


def test_the_callers_decimal_precision_does_not_round_money() -> None:
    with localcontext() as context:
        context.prec = 3
        assert money("1234567.8912") == 12_345_678_912
        assert money(Decimal("1234567.8912")) == 12_345_678_912
