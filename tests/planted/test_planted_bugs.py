"""Each planted bug is caught in a short story, which is clean without it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from planted.activation import activation
from planted.stories import STORIES, told
from planted.table import TABLE, Bug
from simulation.audit import AuditResult
from simulation.explore import Cast

ROOT = Path(__file__).parents[2]
ELSEWHERE = """
from planted.table import TABLE
from planted.stories import told
bug = next(bug for bug in TABLE if bug.name == {name!r})
print(told(bug, {cast})[1])
"""
BY_DIGEST = [bug for bug in TABLE if bug.invariants == ("A22",)]
BY_AUDIT = [bug for bug in TABLE if bug not in BY_DIGEST]


@cache
def digest_elsewhere(name: str, cast: str, hash_seed: int) -> str:
    """Tell a story in another process, with another hash seed, and return the digest."""
    folders = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    code = ELSEWHERE.format(name=name, cast=cast)
    variables = {"PYTHONPATH": folders, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def broken(result: AuditResult) -> set[str]:
    return {row.id for row in result.invariants if row.findings}


@pytest.mark.parametrize("bug", BY_AUDIT, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught_in_its_story(bug: Bug) -> None:
    activation.take()

    result, _ = told(bug, bug.cast())

    assert activation.take(), "the bug did not act"
    assert broken(result) & set(bug.invariants), result.render()


@pytest.mark.parametrize(
    "bug", [bug for bug in TABLE if bug.invariants == ("A23",)], ids=lambda bug: bug.name
)
def test_what_is_owed_wrongly_breaks_nothing_else(bug: Bug) -> None:
    result, _ = told(bug, bug.cast())

    assert broken(result) == {"A23"}, result.render()


@pytest.mark.parametrize("bug", TABLE, ids=lambda bug: bug.name)
def test_the_same_story_is_clean_without_the_bug(bug: Bug) -> None:
    result, _ = told(bug, bug.right_cast())

    assert broken(result) <= bug.tolerated, result.render()


@pytest.mark.parametrize("bug", BY_DIGEST, ids=lambda bug: bug.name)
def test_an_order_that_no_run_repeats_shows_in_the_digest(bug: Bug) -> None:
    digests = {digest_elsewhere(bug.name, "bug.cast()", seed) for seed in (1, 2)}

    assert len(digests) == 2


@pytest.mark.parametrize("bug", BY_DIGEST, ids=lambda bug: bug.name)
def test_without_the_bug_the_digest_is_the_same_in_every_process(bug: Bug) -> None:
    digests = {digest_elsewhere(bug.name, "bug.right_cast()", seed) for seed in (1, 2)}

    assert len(digests) == 1


def test_every_bug_is_in_the_table_once_and_has_a_story() -> None:
    names = [bug.name for bug in TABLE]

    assert len(set(names)) == len(names)
    assert set(names) == set(STORIES)


def test_there_are_more_bugs_than_the_design_asks_for() -> None:
    assert len([bug for bug in TABLE if bug.is_wanted]) >= 36
    assert len(TABLE) >= 38 + 6
    assert all(bug.sentence.endswith(".") and "\n" not in bug.sentence for bug in TABLE)


def test_each_bug_is_a_small_subclass_that_replaces_one_part() -> None:
    for bug in TABLE:
        right, planted = bug.right_cast(), bug.cast()
        parts = [part for part in Cast.__slots__ if getattr(right, part) != getattr(planted, part)]
        assert parts == [bug.part], bug.name
        assert issubclass(getattr(planted, bug.part), getattr(Cast(), bug.part)), bug.name
