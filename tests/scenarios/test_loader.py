"""Scenarios from file to plan: bundled ones, parents, options, files that are none."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.errors import ScenarioError
from scenarios.loader import bundled, resolve
from simulation.plan import Limit, LoadPlan, PricesPlan, Profile, Stage

BARS_KIND = ('kind = "walk"', 'kind = "bars", file = "bars.csv"')
Written = Callable[..., Path]
PRICES = "AAPL_2012-06-21_34200000_57600000_message_10.csv"
BARS = "symbol,date,open,high,low,close\nAAPL,2020-01-02,10,11,9,10\n"


def sets_for(name: str, folder: Path) -> list[str]:
    """Return what a bundled scenario cannot be without."""
    (folder / PRICES).touch()
    return [f"market.prices.file={folder / PRICES}"] if name == "real-morning" else []


MISSION = {  # seconds
    "latency.search.p99": 0.1,
    "latency.place_market.p99": 0.5,
    "latency.portfolio.p99": 1.0,
    "latency.price_to_book.p99": 0.1,
    "latency.profit_loss.p99": 0.5,
}
RUNNABLE = sorted(bundled().keys() - {"retail"})


def test_text_becomes_plain_values(written: Written) -> None:
    plan = resolve(str(written())).plan

    assert (plan.name, plan.duration_s, plan.market.symbols) == ("rush", 600.0, 10)
    assert plan.market.prices == PricesPlan("walk", ticks_per_s=1.0)
    assert plan.load == (LoadPlan("constant-arrival-rate", duration_s=300.0, rate_per_s=5.0),)
    assert plan.limits == (Limit("latency.search.p99", "<", 0.1, "< 100ms"),)


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_bundled_scenario_is_valid_and_asks_for_the_pass_marks_of_the_mission(
    name: str, tmp_path: Path
) -> None:
    plan = resolve(name, sets_for(name, tmp_path)).plan

    marks = {limit.metric: limit.bound for limit in plan.limits}
    assert marks.keys() >= MISSION.keys()
    if plan.faults or name == "sizing":  # the latter on a machine that is slow on purpose
        assert all(marks[metric] >= bound for metric, bound in MISSION.items())
    else:
        assert {metric: marks[metric] for metric in MISSION} == MISSION
    assert {"order_accepted", "order_executed"} <= set(plan.must_see)


@pytest.mark.parametrize("name", sorted(bundled()))
def test_a_bundled_scenario_says_first_why_it_exists(name: str) -> None:
    schema, first, *_ = bundled()[name].read_text(encoding="utf-8").splitlines()

    assert schema.startswith("#:schema ")
    assert first.startswith("# ")


def test_the_retail_file_and_the_default_profile_are_the_same() -> None:
    assert resolve("opening-bell").plan.users.profile == Profile()


def test_the_trading_day_has_a_million_orders_from_bell_to_close() -> None:
    plan = resolve("trading-day").plan

    assert plan.users.count == 10_000
    assert [(load.unit, load.total) for load in plan.load] == [
        ("orders", 1_000_000),
        ("other", 1_000_000),
    ]
    assert {(load.start_s, load.duration_s) for load in plan.load} == {(300.0, 23_400.0)}
    assert plan.starts_at_s + 300 == plan.market.opens_s


def test_the_opening_bell_brings_every_user_once() -> None:
    (load,) = resolve("opening-bell").plan.load

    assert (load.total, load.unit) == (10_000, "sessions")
    assert load.stages[0] == Stage(60.0, 42.0)


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_resolved_text_is_a_scenario_of_the_same_plan(
    name: str, tmp_path: Path, written: Written
) -> None:
    first = resolve(name, sets_for(name, tmp_path))

    again = resolve(str(written(name=f"{name}.toml", text=first.as_resolved)))

    assert again.plan == first.plan
    assert again.as_resolved == first.as_resolved
    assert "extends" not in tomllib.loads(first.as_resolved)


def test_a_child_merges_tables_and_replaces_arrays(written: Written) -> None:
    written(name="parent.toml")
    child = written(
        name="child.toml",
        text='extends = "parent.toml"\n[market]\nprices.ticks = "2/s"\n[[load]]\n'
        'shape = "constant-arrival-rate"\nduration = "1m"\nrate = "9/s"\n',
    )

    resolved = resolve(str(child))

    assert resolved.plan.market.symbols == 10
    assert resolved.plan.market.prices == PricesPlan("walk", ticks_per_s=2.0)
    assert [load.rate_per_s for load in resolved.plan.load] == [9.0]
    assert [path.name for path in resolved.sources] == ["child.toml", "parent.toml"]
    assert resolved.as_given == child.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ['"latency.search.p99"', "latency.search.p99"])
def test_a_limit_of_the_child_wins_however_it_is_quoted(written: Written, key: str) -> None:
    written(name="parent.toml")
    text = f'extends = "parent.toml"\n[limits]\n{key} = "< 7ms"\n'

    plan = resolve(str(written(name="child.toml", text=text))).plan

    assert [limit.text for limit in plan.limits] == ["< 7ms"]


def test_a_circle_of_parents_is_refused(written: Written) -> None:
    written(name="a.toml", text='extends = "b.toml"\n')
    b = written(name="b.toml", text='\nextends = "a.toml"\n')

    with pytest.raises(ScenarioError, match=r'a\.toml:1:11: extends: "b.toml" closes a circle'):
        resolve(str(b))


@pytest.mark.parametrize("parent", ['"retial"', '"retial.toml"'])
def test_an_unknown_parent_is_refused_with_a_suggestion(written: Written, parent: str) -> None:
    path = written(text=f"extends = {parent}\n")

    with pytest.raises(ScenarioError, match=r"rush\.toml:1:11: extends: .*did you mean 'retail'"):
        resolve(str(path))


def test_more_than_one_parent_is_refused(written: Written) -> None:
    path = written(text='extends = ["retail", "other"]\n')

    with pytest.raises(ScenarioError, match="one name or path is meant, not a list"):
        resolve(str(path))


def test_an_option_replaces_and_a_later_one_wins(written: Written) -> None:
    sets = ["users.count=5", "users.count=7", "load.0.rate=9/s", 'limits={"rate.orders"="> 1/s"}']

    plan = resolve(str(written()), sets).plan

    assert plan.users.count == 7
    assert plan.load[0].rate_per_s == 9.0
    assert [limit.metric for limit in plan.limits] == ["rate.orders"]


@pytest.mark.parametrize("value", ["10:00", "10:00:00", '"10:00"'])
def test_an_option_that_is_no_toml_value_is_text(written: Written, value: str) -> None:
    assert resolve(str(written()), [f"starts_at={value}"]).plan.starts_at_s == 36_000


def test_a_value_cannot_bring_further_keys_with_it(written: Written) -> None:
    with pytest.raises(ScenarioError, match="seed: a whole number is meant"):
        resolve(str(written()), ["seed=5\nduration='1m'"])


def test_the_seed_given_apart_wins(written: Written) -> None:
    assert resolve(str(written()), ["seed=5"], seed=7).plan.seed == 7
    with pytest.raises(ScenarioError, match=r"^--seed: must be at least 0, not -1$"):
        resolve(str(written()), seed=-1)


def test_a_price_file_is_looked_for_beside_the_file_that_names_it(
    written: Written, tmp_path: Path
) -> None:
    (tmp_path / "bars.csv").write_text(BARS, encoding="utf-8")
    path = written(BARS_KIND, ("symbols = 10", "symbols = 1"))

    assert resolve(str(path)).plan.market.prices.file == (tmp_path / "bars.csv").resolve()


def test_a_price_file_that_is_not_there_is_refused(written: Written) -> None:
    path = written(('kind = "walk"', 'kind = "bars", file = "gone.csv"'))

    with pytest.raises(ScenarioError, match=r"rush\.toml:6:34: market\.prices\.file: no such file"):
        resolve(str(path))


def test_the_real_morning_without_its_file_says_how_to_give_it() -> None:
    with pytest.raises(ScenarioError, match=r'give it with --set "market\.prices'):
        resolve("real-morning")


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("opening-bel", "no such scenario; did you mean 'opening-bell'?"),
        ("xyz", "no such scenario; bundled are alert-storm, all-day-everything"),
        ("nowhere/opening-bel.toml", "no such file; did you mean 'opening-bell'?"),
        ("x" * 5_000, "no such scenario"),
        ("a\0b", "no such scenario"),
        ("", "folder"),
    ],
)
def test_an_unknown_scenario_is_refused(name: str, mistake: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        resolve(name)
    assert mistake in str(caught.value)


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"a = 1\nb = = 2\n", ":2:5: not TOML: Invalid value"),
        (b"a = [1,", ":1:8: not TOML: "),
        (b"a = 1\na = 2\n", ":2:6: not TOML: Cannot overwrite a value"),
        (b"a = " + b"[" * 5_000 + b"]" * 5_000, "nested too deeply"),
        (b"a = " + b"9" * 5_000, "not TOML"),
        (b"a = '\xff'", "byte 6 is not UTF-8"),
        (b"#" * 1_048_577, "larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_its_place(
    tmp_path: Path, content: bytes, mistake: str
) -> None:
    path = tmp_path / "rush.toml"
    path.write_bytes(content)

    with pytest.raises(ScenarioError) as caught:
        resolve(str(path))
    assert mistake in str(caught.value)
    assert len(caught.value.mistakes) == 1


def test_a_folder_and_a_pipe_are_no_scenarios(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path, mistake in ((tmp_path, "a folder"), (tmp_path / "pipe.toml", "not a regular file")):
        with pytest.raises(ScenarioError, match=mistake):
            resolve(str(path))


def test_a_byte_order_mark_is_no_mistake(written: Written) -> None:
    path = written()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert resolve(str(path)).plan.market.symbols == 10


def test_a_file_without_letters_in_its_name_still_gives_a_plan_a_name(written: Written) -> None:
    assert resolve(str(written(name="my rush_2!.toml"))).plan.name == "my-rush-2"
    assert resolve(str(written(name="---.toml"))).plan.name == "scenario"
