"""The interval log is one of HdrHistogram's, and its histograms add up to the whole run."""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.exports import as_hgrm, write_texts
from reports.interval_log import buckets_for, encoded, intervals_of
from reports.metrics import summarise
from simulation.histogram import lowest_at, places_of
from simulation.records import read_json

RecordRun = Callable[..., Path]


def numbers(payload: bytes) -> Iterator[int]:
    """Decode numbers in ZigZag LEB128."""
    value = shift = 0
    for byte in payload:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield (value >> 1) ^ -(value & 1)
            value = shift = 0


def decoded(text: str) -> Counter[int]:
    """Return how often each place occurs in an encoded histogram, by the format's own rules."""
    whole = base64.b64decode(text)
    cookie, length = struct.unpack(">ii", whole[:8])
    assert (cookie, length) == (0x1C849314, len(whole) - 8)
    inner = zlib.decompress(whole[8:])
    cookie, length, offset, figures, lowest, _, ratio = struct.unpack(">iiiiqqd", inner[:40])
    assert (cookie, offset, figures, lowest, ratio) == (0x1C849313, 0, 3, 1, 1.0)
    assert length == len(inner) - 40
    found: Counter[int] = Counter()
    place = 0
    for count in numbers(inner[40:]):
        if count < 0:
            place -= count
        else:
            found[place] = count
            place += 1
    return found


@given(values=st.lists(st.integers(0, 10**10), max_size=100))
def test_what_is_encoded_is_what_there_was(values: list[int]) -> None:
    places = Counter(places_of(np.array(values, np.int64)).tolist())
    assert +decoded(encoded(np.array(values, np.int64))) == places


@pytest.mark.parametrize(("most", "buckets"), [(0, 1), (2_047, 1), (2_048, 2), (100_000, 7)])
def test_a_histogram_has_as_many_buckets_as_its_largest_value_needs(
    most: int, buckets: int
) -> None:
    assert buckets_for(most) == buckets


def test_the_intervals_of_an_operation_add_up_to_its_latencies(record_run: RecordRun) -> None:
    made_up_run = record_run()
    metrics = summarise(made_up_run)["metrics"]
    write_texts(made_up_run)
    lines = (made_up_run / "intervals.hlog").read_text(encoding="utf-8").splitlines()
    sums: dict[str, Counter[int]] = {}
    for line in lines:
        if line[:1] not in '#"':
            *tag, _, _, _, text = line.split(",")
            sums.setdefault("".join(tag).removeprefix("Tag="), Counter()).update(decoded(text))

    assert lines[0] == "#[Histogram log format version 1.3]"
    assert {"", "search", "place_market"} <= set(sums)
    for operation, places in sums.items():
        name = operation or "all"
        assert places.total() == metrics[f"latency.{name}.count"]
        assert lowest_at(max(places)) <= round(metrics[f"latency.{name}.max"] * 1e6)
        assert lowest_at(max(places) + 1) > round(metrics[f"latency.{name}.max"] * 1e6)


def test_every_operation_has_its_percentiles_in_a_file(record_run: RecordRun) -> None:
    made_up_run = record_run()
    metrics = summarise(made_up_run)["metrics"]
    write_texts(made_up_run)
    search = (made_up_run / "percentiles" / "search.hgrm").read_text(encoding="utf-8")

    last = next(line for line in search.splitlines() if line.endswith("inf"))
    assert float(last.split()[0]) == pytest.approx(metrics["latency.search.max"] * 1e3, abs=0.001)
    assert int(last.split()[2]) == metrics["latency.search.count"]
    assert search.splitlines()[-1].startswith("#[Buckets = ")


def test_what_was_meant_at_the_very_end_is_in_the_log_as_in_the_metrics(
    record_run: RecordRun, make_requests: Callable[..., dict[str, Any]]
) -> None:
    requests = make_requests(200)
    requests["intended_us"][-3:] = requests["sent_us"][-3:] = np.array([60, 60, 61]) * 1_000_000
    requests["answered_us"][-3:] = requests["intended_us"][-3:] + 700
    folder = record_run(requests=requests)
    facts = summarise(folder)
    whole = [one for one in intervals_of(folder, facts["run"]) if not one.tag]

    assert sum(len(one.latency_us) for one in whole) == facts["metrics"]["latency.all.count"]
    assert (whole[-1].from_s, whole[-1].length_s) == (59.0, 1.0)


def test_the_value_at_a_percentile_is_the_one_of_its_rank(record_run: RecordRun) -> None:
    folder = record_run(count=50_000)
    facts = summarise(folder)
    found = [one.latency_us for one in intervals_of(folder, facts["run"]) if not one.tag]
    whole = np.sort(np.concatenate(found))
    text = as_hgrm(facts, read_json(folder / "series.json"))
    rows = [line.split() for line in text.splitlines()[2:] if line[0] != "#"]

    assert len(rows) > 50
    assert [float(row[0]) for row in rows] == [whole[int(row[2]) - 1] / 1_000 for row in rows]
