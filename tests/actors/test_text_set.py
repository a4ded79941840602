"""A set of texts does what the built-in set does."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.text_set import TEXTS_PER_SHELF, TextSet

LINES = st.text(st.sampled_from("ab-1"), max_size=4)


def filled(texts: list[str]) -> TextSet:
    """Return a set of these texts."""
    some = TextSet()
    for text in dict.fromkeys(texts):
        some.add(text)
    return some


@given(st.lists(LINES, max_size=200), st.lists(LINES))
def test_it_holds_what_a_built_in_set_holds(added: list[str], asked: list[str]) -> None:
    some = filled(added)

    assert sorted(some) == sorted(set(added))
    assert len(some) == len(set(added))
    assert [text in some for text in asked] == [text in set(added) for text in asked]


def test_a_part_of_a_text_is_not_taken_for_it() -> None:
    some = filled(["U000123-17", "U000123-18"])

    assert "U000123-1" not in some
    assert "000123-17" not in some
    assert "U000123-17\nU000123-18" not in some


def test_many_texts_spread_over_many_shelves() -> None:
    texts = [f"U{number:06}-1" for number in range(1_000)]

    some = filled(texts)

    assert sorted(some) == texts
    assert len(some) <= TEXTS_PER_SHELF * len(some.shelves)
    assert all(text in some for text in texts)


def test_it_survives_a_snapshot() -> None:
    some = filled([str(number) for number in range(100)])

    again = msgspec.msgpack.decode(msgspec.msgpack.encode(some), type=TextSet)

    assert again == some


def test_a_text_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="one line"):
        TextSet().add("a\nb")
