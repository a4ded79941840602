"""What actors owe each other: said until confirmed, taken once however often it is said."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.messages.notifications import Receipt
from actors.owed import Known, Owed


@given(st.permutations(range(1, 12)))
def test_whatever_the_order_each_number_is_known_once_it_is_added(numbers: list[int]) -> None:
    known, added = Known(), set()

    for number in numbers:
        known.add(number)
        added.add(number)
        assert {n for n in range(1, 13) if known.has(n)} == added

    assert known == Known(11, ())


def test_memory_holds_what_is_above_a_gap_and_nothing_else() -> None:
    known = Known()
    for number in (1, 2, 4, 5, 7):
        known.add(number)

    assert known == Known(2, (4, 5, 7))


def test_a_number_that_is_known_is_not_added_again() -> None:
    known = Known(3, (5,))

    with pytest.raises(AssertionError, match="5 is known already"):
        known.add(5)


def test_what_is_owed_stays_in_the_outbox_until_it_is_settled() -> None:
    owed: Owed[Receipt] = Owed()
    owed.add("a", 1, Receipt(1))
    owed.add("b", 1, Receipt(1))
    owed.add("a", 2, Receipt(2))

    owed.settle("a", 1)

    assert owed.outbox() == {("b", 1): ("b", Receipt(1)), ("a", 2): ("a", Receipt(2))}
    assert owed.next_number("a") == 3
    assert not owed.has("a", 1)


def test_debts_are_numbered_without_a_gap() -> None:
    with pytest.raises(AssertionError, match="without a gap"):
        Owed[Receipt]().add("a", 2, Receipt(2))


def test_what_is_owed_survives_a_snapshot() -> None:
    owed: Owed[Receipt] = Owed()
    owed.add("a", 1, Receipt(1))

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(owed), type=Owed[Receipt]) == owed
