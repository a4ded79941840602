"""Campaigns: seeds over worker processes, what they met, and what fails them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simulation.explore import campaign as campaign_module
from simulation.explore.campaign import Campaign, Settings, Tally, WorkerDied, summary
from simulation.explore.hunt import Result, hunt
from simulation.explore.shapes import Basis
from simulation.explore.situations import Situation

EVERYTHING = [situation.value for situation in Situation]


def tally_of(basis: Basis, seen: list[str], seeds: int) -> Tally:
    tally = Tally(Settings(basis, 0, seeds))
    for seed in range(seeds):
        tally.add(Result(seed, "same", [], seen, 10))
    return tally


def test_a_campaign_plays_each_seed_once_and_some_of_them_twice(basis: Basis) -> None:
    played: list[int] = []

    tally = Campaign(Settings(basis, 100, 45, jobs=2), lambda t: played.append(t.done)).run()

    assert tally.done == played[-1] == 45
    assert tally.passed
    assert (tally.checked, tally.unequal) == (1, [])
    assert tally.steps == sum(result.steps for result in hunt(basis, range(100, 145)))


def test_a_second_play_that_differs_fails_the_campaign(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = Campaign(Settings(basis, 0, 5, jobs=1))
    original = campaign._add
    monkeypatch.setattr(
        campaign,
        "_add",
        lambda number, result: original(number, Result(result.seed, "other", [], [], 1)),
    )

    tally = campaign.run()

    assert tally.unequal == [0]
    assert not tally.passed


def test_a_folder_of_our_packages_name_where_it_is_started_does_no_harm(
    basis: Basis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "simulation").mkdir()
    (tmp_path / "simulation" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)

    assert Campaign(Settings(basis, 0, 2, jobs=1)).run().done == 2


def test_a_worker_that_dies_is_no_clean_campaign(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(WorkerDied, match="ended with status"):
        Campaign(Settings(basis, 0, 5)).run()


def test_from_1000_seeds_on_a_situation_that_never_came_up_fails_the_campaign(
    basis: Basis,
) -> None:
    assert tally_of(basis, EVERYTHING, 1_000).passed
    assert not tally_of(basis, EVERYTHING[1:], 1_000).passed
    assert tally_of(basis, EVERYTHING[1:], 999).passed
    assert tally_of(basis, EVERYTHING[1:], 999).never_seen == EVERYTHING[:1]


def test_there_are_at_least_40_situations_and_all_of_them_come_up(basis: Basis) -> None:
    seen: set[str] = set()
    for result in hunt(basis, range(400)):
        seen.update(result.seen)
        if len(seen) == len(EVERYTHING):
            break

    assert len(EVERYTHING) >= 40
    assert set(EVERYTHING) - seen == set()


def test_the_summary_names_the_seeds_that_failed(basis: Basis) -> None:
    tally = tally_of(basis, EVERYTHING, 3)
    tally.add(Result(3, "same", ["A05"], [], 10))

    shown = summary(tally)

    assert shown["failed"] == [{"seed": 3, "broken": ["A05"]}]
    assert (shown["seeds"], shown["passed"]) == (4, False)


def test_one_failure_of_each_kind_is_made_smaller(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_module, "_SHRUNK_AT_MOST", 1)
    campaign = Campaign(Settings(basis, 0, 20))

    for seed in (3, 4):
        campaign._add(0, Result(seed, "same", ["A05"], [], 10))

    assert [task.seed for task in campaign._tasks if hasattr(task, "seed")] == [3]
