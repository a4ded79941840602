"""The search for a sequence agrees with trying every sequence."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.audit.linearizable import (
    Effect,
    History,
    MoveCash,
    Operation,
    Place,
    Read,
    Settle,
    State,
    TakeShares,
    linearized,
)

START = State(10, 0, {"ACME": (2, 0)})
BUYING, SELLING = Place(1, is_buy=True, symbol="ACME", hold=4), Place(2, False, "ACME", 1)


def by_brute_force(operations: list[Operation], state: State) -> bool:
    """Try every sequence of every set of operations that has all the answered ones."""
    unanswered = [n for n, o in enumerate(operations) if o.answered is None]
    return any(
        explains([operations[n] for n in order], state)
        for left_out in range(1 << len(unanswered))
        for order in permutations(
            [
                n
                for n in range(len(operations))
                if n not in unanswered or not left_out >> unanswered.index(n) & 1
            ]
        )
    )


def explains(sequence: list[Operation], state: State) -> bool:
    """Tell whether a sequence keeps the order of time, and gives every answer."""
    for at, operation in enumerate(sequence):
        if any(o.answered is not None and o.answered < operation.called for o in sequence[at:]):
            return False
        after = operation.effect.apply(state)
        if after is None:
            return False
        state = after
    return True


def reads() -> st.SearchStrategy[Read]:
    shares = st.sampled_from([{"ACME": (2, 0)}, {"ACME": (2, 1)}, {"ACME": (3, 0)}, {}])
    return st.builds(Read, st.sampled_from([6, 8, 10, 12]), st.sampled_from([0, 4]), shares)


EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    st.builds(MoveCash, st.sampled_from([2, -2, -8, -12]), st.booleans()),
    st.sampled_from([BUYING, SELLING, Place(3, True, "ACME", 9, is_done=False)]),
    st.sampled_from([Settle(BUYING, 1, 4), Settle(BUYING, 0, 0), Settle(SELLING, 1, 2)]),
    st.just(TakeShares("ACME", 1)),
    reads(),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Operation]:
    """Draw up to five operations that overlap somehow, some without an answer."""
    effects = draw(st.lists(EFFECTS, min_size=1, max_size=5, unique_by=str))
    moments = draw(st.permutations(range(2 * len(effects))))
    operations = []
    for n, effect in enumerate(effects):
        called, answered = sorted(moments[2 * n : 2 * n + 2])
        is_answered = draw(st.integers(0, 4)) > 0
        operations.append(Operation(called, answered if is_answered else None, effect))
    return operations


VERDICTS: set[bool] = set()


@given(histories())
@settings(max_examples=400, deadline=None)
def test_the_search_says_what_trying_everything_says(operations: list[Operation]) -> None:
    verdict = linearized(operations, START) is not None
    VERDICTS.add(verdict)

    assert verdict == by_brute_force(operations, START)


def test_both_verdicts_have_occurred() -> None:
    test_the_search_says_what_trying_everything_says()

    assert {True, False} == VERDICTS


def test_the_state_after_a_window_is_that_of_all_its_operations() -> None:
    operations = [
        Operation(1, 4, BUYING),
        Operation(2, 3, MoveCash(5)),
        Operation(2, 6, Settle(BUYING, 1, 3)),
    ]

    assert linearized(operations, START) == State(12, 0, {"ACME": (3, 0)})


def told(history: History, command_id: int, effect: Effect | None) -> None:
    history.asked(command_id)
    history.told(command_id, effect)


@pytest.fixture
def breaches() -> list[str]:
    return []


def followed(breaches: list[str], state: State | None = START) -> History:
    return History(breaches.append, lambda: state)


def test_a_history_is_judged_window_by_window(breaches: list[str]) -> None:
    history = followed(breaches)
    told(history, 1, MoveCash(5))
    told(history, 2, Read(15, 0, START.shares))
    assert (breaches, history.judged) == ([], 2)

    told(history, 3, Read(10, 0, START.shares))

    assert "read $0.001" in breaches[0]


def test_an_order_is_under_way_until_its_report(breaches: list[str]) -> None:
    history = followed(breaches)
    told(history, 1, BUYING)
    assert not history.judged

    history.reported(Settle(BUYING, 1, 3))
    told(history, 2, Read(7, 0, {"ACME": (3, 0)}))

    assert (breaches, history.judged) == ([], 3)


def test_a_report_may_overtake_the_answer(breaches: list[str]) -> None:
    history = followed(breaches)
    history.asked(1)
    history.reported(Settle(BUYING, 1, 3))
    history.told(1, BUYING)
    history.reported(Settle(BUYING, 1, 3))

    assert (breaches, history.judged) == ([], 2)


def test_what_nobody_was_heard_to_ask_for_ends_the_judging_until_all_is_quiet(
    breaches: list[str],
) -> None:
    history = followed(breaches)
    history.asked(1)
    history.decided(99)
    history.told(1, Read(999, 0, {}))
    assert (breaches, history.judged) == ([], 0)

    told(history, 2, Read(10, 0, START.shares))

    assert (breaches, history.judged) == ([], 1)


def test_a_window_that_grows_too_large_is_given_up(breaches: list[str]) -> None:
    history = followed(breaches)
    history.asked(0)
    for command_id in range(1, 40):
        told(history, command_id, Read(999, 0, {}))
    history.told(0, None)

    assert (breaches, history.judged) == ([], 0)
