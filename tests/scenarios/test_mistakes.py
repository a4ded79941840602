"""Invalid scenarios: every mistake, its place, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import ScenarioError
from scenarios.loader import resolve

_QUOTE = '"'
Refused = Callable[..., list[str]]
Written = Callable[..., Path]


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("count", "conut = 1\ncount", "rush.toml:9:1: users.conut: unknown key; did you mean"),
        ("ticks", "tiks", "rush.toml:6:27: market.prices.tiks: unknown key; did you mean 'ticks'?"),
        ('"10m"', "10", 'rush.toml:2:12: duration: a duration with its unit, like "250us"'),
        ('"5/s"', '"5"', 'rush.toml:14:8: load.0.rate: a rate with its unit, like "500/s"'),
        ("symbols = 10", "symbols = 0", "rush.toml:5:11: market.symbols: must be at least 1"),
        ("100\n\n", '"100"\n\n', "rush.toml:9:9: users.count: a whole number is meant, not"),
        ('"walk"', '"wlak"', "rush.toml:6:19: market.prices.kind: one of walk, bars, lobster"),
        ('"walk"', '"wlak"', "did you mean 'walk'?"),
        ('kind = "walk", ', "", "rush.toml:6:1: market.prices.kind: missing: one of walk"),
        ('kind = "walk"', 'kind = "bars", drift = "1%"', "market.prices.drift: unknown key"),
        ('rate = "5/s"', "", "rush.toml:11:1: load.0.rate: missing: arrivals per second"),
        ("[[load]]", "[load]", "rush.toml:11:1: load: a list in square brackets is meant, not"),
        ("search.p99", "serch.p99", "rush.toml:17:1: limits.latency.serch.p99: no such metric;"),
        ("search.p99", "serch.p99", "did you mean 'latency.search.p99'?"),
        ("< 100ms", "< 100", 'rush.toml:17:24: limits.latency.search.p99: a limit with'),
        ("< 100ms", "< 5%", "limits.latency.search.p99: it is measured otherwise"),
        ("symbols", "collar = '0.5bp'\nsymbols", "rush.toml:5:10: market.collar: a whole number"),
        ("symbols", "opens = '17:00'\nsymbols", "market.closes: the market must close after"),
        ("count", "count = 1\nprofile = 'retial' #", "did you mean 'retail'?"),
        ('"5m"', '"11m"', "rush.toml:11:1: load.0: it lasts beyond warm_up + duration"),
        ('"5/s"', '"1_000_000/s"', "rush.toml:11:1: load.0: about 300,000,000 arrivals;"),
        ('"1/s"', '"20_000/s"', "rush.toml:6:35: market.prices.ticks: about 468,000,000 price"),
        ('"10m"', '"-1m"', "rush.toml:2:12: duration: must be above 0s, not -1m"),
        ('"5m"', '"0s"', "rush.toml:13:12: load.0.duration: must be above 0s, not 0s"),
        ('"10m"', '"20h"', "rush.toml:2:12: duration: the run would last beyond midnight"),
        ("duration = \"10m\"", "duration='10m'\nstarts_at='16:00'", "starts_at: the market is"),
        ("[users]", "must_see = ['order_acepted']\n[users]", "market.must_see: unknown key"),
        ("[market]", "must_see = ['order_acepted']\n[market]", "must_see.0: no such event as"),
        ("[market]", "must_see = ['order_acepted']\n[market]", "did you mean 'order_accepted'?"),
        ("[market]", "seed = nan\n[market]", "seed: a whole number is meant"),
        ("[market]", "profile.zipf_slope = nan\n[market]", "a finite number is meant"),
        ("[market]", "profile.operations.quoet = 1\n[market]", "did you mean 'quote'?"),
        ("[market]", "profile.buy_share = '101%'\n[market]", "must be at most 100%, not 101%"),
        ("[market]", "profile.odd_lot_share = '99%'\n[market]", "odd_lot_share: together with"),
        ("[market]", "accepted_share = 0.5\n[market]", 'like "5%" or "30bp", is meant, not 0.5'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    refused: Refused, old: str, new: str, mistake: str
) -> None:
    (told,) = refused((old, new))

    assert mistake in told


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(refused: Refused) -> None:
    told = refused(("symbols = 10", "symbols = -1"), ('"10m"', "600"), ('"5/s"', "5"))

    places = [line.split(": ")[:2] for line in told]
    assert places == [
        ["rush.toml:2:12", "duration"],
        ["rush.toml:5:11", "market.symbols"],
        ["rush.toml:14:8", "load.0.rate"],
    ]


@pytest.mark.parametrize(
    ("load", "mistake"),
    [
        ('shape = "intraday"', "load.0.total: missing: how many arrivals"),
        ('shape = "intraday"\ntotal = 5\nrate = "1/s"', "load.0.rate: unknown key"),
        ('shape = "ramping-arrival-rate"', "load.0.stages: missing: its legs"),
        ('shape = "ramping-arrival-rate"\nstages = []', "load.0.stages: at least 1 is needed"),
        (
            'shape = "ramping-arrival-rate"\nstages = [{ duration = "1m", traget = "5/s" }]',
            "rush.toml:13:30: load.0.stages.0.traget: unknown key; did you mean 'target'?",
        ),
        (
            'shape = "ramping-arrival-rate"\nstages = [{ duration = "1m", target = "0/s" }]',
            "load.0.stages: every rate of it is 0",
        ),
        (
            'shape = "ramping-arrival-rate"\nstages = [{ duration = "9m", target = "1000000/s" }]',
            "load.0: about 270,000,000 arrivals; 100,000,000 are possible",
        ),
        ('unit = "orders"', "load.0.shape: missing: one of constant-arrival-rate"),
        ('shape = "intraday"\ntotal = 5\nstart = "20m"', "load.0: it lasts beyond"),
    ],
)
def test_a_load_needs_what_its_shape_asks_for(refused: Refused, load: str, mistake: str) -> None:
    good = 'shape = "constant-arrival-rate"\nduration = "5m"\nrate = "5/s"'

    assert any(mistake in told for told in refused((good, load)))


def test_an_intraday_load_outside_of_market_hours_is_refused(written: Written) -> None:
    good = 'shape = "constant-arrival-rate"\nduration = "5m"\nrate = "5/s"'
    path = written((good, 'shape = "intraday"\ntotal = 5'))
    resolve(str(path))

    with pytest.raises(ScenarioError, match="between the market's opening and its close"):
        resolve(str(path), ["starts_at=09:25"])


def test_half_hours_must_be_as_many_as_the_market_is_open(written: Written) -> None:
    good = 'shape = "constant-arrival-rate"\nduration = "5m"\nrate = "5/s"'
    path = written((good, 'shape = "intraday"\ntotal = 5'))

    with pytest.raises(ScenarioError, match="open for 2 half hours; weights for 13 are given"):
        resolve(str(path), ["market.closes=10:30"])


@pytest.mark.parametrize(
    ("limit", "mistake"),
    [
        ('"availability" = ">= 200%"', 'between 0% and 100%, so that ">= 200%" is never met'),
        ('"availability" = "> 100%"', 'between 0% and 100%, so that "> 100%" is never met'),
        ('"errors.share" = "< 101%"', 'between 0% and 100%, so that "< 101%" is always met'),
        ('"latency.all.p99" = "< -5ms"', 'never below 0, so that "< -5ms" is never met'),
        ('"latency.*.p99" = "< 0ms"', 'never below 0, so that "< 0ms" is never met'),
        ('"latency.all.p99" = "> -5ms"', 'never below 0, so that "> -5ms" is always met'),
        ('"rate.orders" = "< 0/s"', 'never below 0, so that "< 0/s" is never met'),
        ('"queue.Stock.max" = "< 0 messages"', 'so that "< 0 messages" is never met'),
        ('"business.volume_usd" = "< -$5"', 'never below 0, so that "< -$5" is never met'),
    ],
)
def test_a_limit_beyond_what_its_metric_can_be_is_refused_at_its_place(
    refused: Refused, limit: str, mistake: str
) -> None:
    name, _, mark = limit.partition(" = ")

    (told,) = refused(('"latency.search.p99" = "< 100ms"', limit))

    assert told.startswith(f"rush.toml:17:{len(name) + 4}: limits.{name.strip(_QUOTE)}: it is ")
    assert mistake in told
    assert mark.strip(_QUOTE) in told


@pytest.mark.parametrize(
    "limit",
    [
        '"errors.share" = "<= 0%"', '"availability" = ">= 100%"', '"latency.all.max" = "<= 0s"',
        '"profit.realised.total" = "> -$1_000"', '"utilisation.max" = "< 150%"',
        '"rejections.busy.count" = ">= 0 requests"',
    ],
)  # fmt: skip
def test_a_limit_at_the_end_of_what_its_metric_can_be_is_taken(
    written: Written, limit: str
) -> None:
    resolve(str(written(('"latency.search.p99" = "< 100ms"', limit))))


@pytest.mark.parametrize(
    ("override", "mistake"),
    [
        ("market.symbols=0", "--set market.symbols: must be at least 1, not 0"),
        ("market.simbols=5", "--set market.simbols: unknown key; did you mean"),
        ("market.prices={kind='walk', x=1}", "--set market.prices: market.prices.x: unknown key"),
        ("load.0.rate=5", "--set load.0.rate: a rate with its unit"),
        ("load.7.rate=5", "--set load.7.rate: load: '7' is no position in it; it has 1"),
        ("duration.x=5", "--set duration.x: duration: it is no table"),
        ("limits.latency.x.p99=< 1s", "--set limits.latency.x.p99: no such metric"),
        ("a.b.c.d=1", "--set a.b.c.d: a: unknown key; known are description"),
        ("cluster.x.y=1", "--set cluster.x.y: cluster.x: unknown key"),
        ("nonsense", "--set: KEY=VALUE with a dotted key is meant"),
        ("=5", "--set: KEY=VALUE with a dotted key is meant"),
        ("extends=retail", "--set extends: only a file can extend another"),
    ],
)
def test_a_mistake_in_an_option_is_told_with_the_option(
    refused: Refused, override: str, mistake: str
) -> None:
    (told,) = refused(sets=(override,))

    assert told.startswith(mistake)


def test_a_mistake_is_told_with_the_last_option_that_set_it(refused: Refused) -> None:
    (told,) = refused(sets=("market.prices.ticks=1/s", "market.prices={kind='walk', ticks=3}"))

    assert told.startswith("--set market.prices: market.prices.ticks: a rate")


def test_a_mistake_in_a_parent_names_the_parent(written: Written) -> None:
    written(("symbols = 10", "symbols = 0"), name="parent.toml")
    child = written(name="child.toml", text='extends = "parent.toml"\n')

    with pytest.raises(ScenarioError, match=r"parent\.toml:5:11: market\.symbols"):
        resolve(str(child))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["shape", "kind", "file", "count", "x"]), inner, max_size=3
        )
    ),
)
TOP = ["description", "duration", "market", "users", "load", "limits", "profile", "must_see", "y"]


@given(st.dictionaries(st.sampled_from(TOP), anything, max_size=6))
def test_no_document_gets_anything_but_a_plan_or_mistakes(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]
) -> None:
    from scenarios.toml_text import to_toml

    path = tmp_path_factory.getbasetemp() / "anything.toml"
    path.write_text(to_toml(document), encoding="utf-8")

    with pytest.raises(ScenarioError):
        resolve(str(path))
