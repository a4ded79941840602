"""Orders take only the steps that the table of transitions allows."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import msgspec
import pytest

from actors.domain.orders import (
    TRANSITIONS,
    IllegalTransition,
    Order,
    OrderStatus,
    OrderType,
    PriceType,
    Reason,
    advance,
    is_open,
    may_follow,
    transitions_diagram,
)

# Written out once more on purpose: a change of the table must be meant.
LEGAL = {
    (OrderStatus.PENDING, OrderStatus.EXECUTED),
    (OrderStatus.PENDING, OrderStatus.CANCELLED),
    (OrderStatus.PENDING, OrderStatus.REJECTED),
    (OrderStatus.PENDING, OrderStatus.EXPIRED),
}


@pytest.mark.parametrize(("before", "after"), list(product(OrderStatus, OrderStatus)))
def test_a_status_follows_another_only_as_the_table_says(
    before: OrderStatus, after: OrderStatus
) -> None:
    assert may_follow(before, after) == ((before, after) in LEGAL)


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL, key=str))
def test_a_legal_step_leads_to_its_status(before: OrderStatus, after: OrderStatus) -> None:
    assert advance(before, after) is after


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in product(OrderStatus, OrderStatus) if pair not in LEGAL]
)
def test_an_illegal_step_is_refused_by_name(before: OrderStatus, after: OrderStatus) -> None:
    with pytest.raises(IllegalTransition, match=f"{after.value} may not follow {before.value}"):
        advance(before, after)


def test_an_illegal_step_says_what_may_follow() -> None:
    with pytest.raises(IllegalTransition, match="EXECUTED, CANCELLED, REJECTED, EXPIRED"):
        advance(OrderStatus.PENDING, OrderStatus.PENDING)
    with pytest.raises(IllegalTransition, match="what may follow is nothing"):
        advance(OrderStatus.EXECUTED, OrderStatus.CANCELLED)


def test_every_status_has_its_line_in_the_table() -> None:
    assert set(TRANSITIONS) == set(OrderStatus)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[OrderStatus.EXECUTED] = frozenset()  # type: ignore[index]


def test_only_a_pending_order_is_open() -> None:
    assert [status for status in OrderStatus if is_open(status)] == [OrderStatus.PENDING]


def test_the_diagram_has_one_arrow_for_each_legal_step() -> None:
    lines = transitions_diagram().splitlines()
    arrows = {line.strip() for line in lines[1:] if "[*]" not in line}
    assert [line for line in lines if "[*] -->" in line] == ["    [*] --> PENDING"]
    assert lines[0] == "stateDiagram-v2"
    assert arrows == {f"{a.value} --> {b.value}" for a, b in LEGAL}
    assert [line.strip() for line in lines[-4:]] == [
        "EXECUTED --> [*]", "CANCELLED --> [*]", "REJECTED --> [*]", "EXPIRED --> [*]",
    ]  # fmt: skip


def test_reasons_stand_in_their_order_of_precedence() -> None:
    assert [reason.value for reason in Reason] == [
        "invalid_command", "unknown_symbol", "unknown_account", "not_owner", "invalid_order",
        "invalid_quantity", "invalid_price", "invalid_amount", "account_closed", "market_closed",
        "insufficient_funds", "insufficient_shares", "account_not_empty", "unknown_order",
        "too_late", "busy", "duplicate_command",
        "price_ran_away", "list_full", "invalid_preferences", "unknown_alert",
        "alert_limit",
    ]  # fmt: skip


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_one_sentence(reason: Reason) -> None:
    assert reason.sentence.endswith(".")
    assert "\n" not in reason.sentence


@pytest.mark.parametrize("word", [*OrderType, *PriceType, *OrderStatus, *Reason])
def test_a_word_travels_as_text_and_comes_back_as_itself(
    word: OrderType | PriceType | OrderStatus | Reason,
) -> None:
    text = msgspec.to_builtins(word)
    assert isinstance(text, str)
    assert msgspec.convert(text, type(word)) is word


def test_an_order_survives_its_journal() -> None:
    order = Order("AAPL", OrderType.SELL, PriceType.LIMIT, 10, 1_500_000)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(order), type=Order) == order


def test_the_diagram_in_the_architecture_is_the_one_of_the_table() -> None:
    page = Path(__file__).parents[3] / "ARCHITECTURE.md"

    assert transitions_diagram().rstrip() in page.read_text(encoding="utf-8")
