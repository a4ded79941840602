"""One run rendered everywhere: console, page, tables and test cases show the same numbers."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console
from titled import without_title

from reports import console, exports, page
from reports import format as shown_as
from reports.canvas import Size, save
from reports.comparison import compare_runs
from reports.notebook_view import html_of
from reports.sheets import sheets_of
from simulation.records import read_json

RecordRun = Callable[..., Path]
Cells = list[list[str]]


@pytest.fixture(scope="session")
def rendered(made_up_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of which every view was written."""
    folder = tmp_path_factory.mktemp("rendered") / made_up_run.name
    shutil.copytree(made_up_run, folder)
    page.write(folder)
    exports.write_texts(folder)
    return folder


@pytest.fixture(scope="session")
def facts(rendered: Path) -> dict[str, Any]:
    return read_json(rendered / "metrics.json")


def tables_of(text: str) -> dict[str, Cells]:
    """Return the text of the cells of each table of a page, by its name; notes left out."""
    found = {}
    for name, table in re.findall(r'<table[^>]*id="table-([^"]+)"[^>]*>(.*?)</table>', text, re.S):
        rows = re.findall(r'<tr role="row">(.*?)</tr>', table, re.S)[1:]
        found[name] = [
            [
                unescape(re.sub(r'<span class="note">.*?</span>|<[^>]+>', "", cell)).strip()
                for cell in re.findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", row, re.S)
            ]
            for row in rows
        ]
    return found


def csv_of(folder: Path, name: str) -> Cells:
    text = (folder / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))


def printed(folder: Path, facts: dict[str, Any]) -> str:
    file = io.StringIO()
    console.render(facts, folder, Console(file=file, width=100, color_system=None))
    return file.getvalue()


def test_every_cell_of_the_page_is_the_one_of_its_table(
    rendered: Path, facts: dict[str, Any]
) -> None:
    shown = tables_of((rendered / "report.html").read_text(encoding="utf-8"))
    sheets = sheets_of(facts)

    assert set(shown) == set(sheets)
    for name, sheet in sheets.items():
        assert shown[name] == [[cell.text for cell in row] for row in sheet.rows], name


def test_every_value_in_a_file_is_the_one_of_its_table(
    rendered: Path, facts: dict[str, Any]
) -> None:
    for name, sheet in sheets_of(facts).items():
        heading, *rows = csv_of(rendered, name)
        values = [
            ["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.rows
        ]
        assert rows == values, name
        assert len(heading) == len(sheet.columns)


def test_the_table_of_all_metrics_is_all_of_them(rendered: Path, facts: dict[str, Any]) -> None:
    rows = csv_of(rendered, "metrics")[1:]
    assert {row[0]: row[2] for row in rows} == {
        name: str(value) for name, value in facts["metrics"].items()
    }
    assert {row[0] for row in rows if row[-1] == "yes"} == set(facts["undersampled"])


def test_the_latencies_of_a_table_are_the_metrics(facts: dict[str, Any]) -> None:
    sheet = sheets_of(facts)["latency"]
    for name, *cells in sheet.rows:
        for column, cell in zip(sheet.columns[1:], cells, strict=True):
            statistic = column.title.replace(".", "")
            key = f"latency.{name.value}.{statistic}"
            assert cell.value == (
                None if key in facts["undersampled"] else facts["metrics"][key]
            ), key


def test_every_number_of_the_page_that_names_its_metric_is_that_metric(
    rendered: Path, facts: dict[str, Any]
) -> None:
    text = (rendered / "report.html").read_text(encoding="utf-8")
    named = re.findall(r'data-metric="([^"]+)">([^<]*)<', text)

    assert len(named) > 30
    for name, shown in named:
        expected = shown_as.shown(name, facts["metrics"], facts["undersampled"])
        assert unescape(shown) == expected, name


def test_the_console_shows_the_numbers_of_the_tables(rendered: Path, facts: dict[str, Any]) -> None:
    lines = printed(rendered, facts).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("latency ("))
    statistics = lines[start].split(")", 1)[1].split()
    sheet = sheets_of(facts)["latency"]
    columns = [column.title for column in sheet.columns]
    for row, line in zip(sheet.rows, lines[start + 1 :], strict=False):
        texts = [row[columns.index(statistic)].text for statistic in statistics]
        assert line.split() == " ".join([row[0].text, *texts]).split()


def test_the_notebook_shows_the_numbers_of_the_tables(
    rendered: Path, facts: dict[str, Any]
) -> None:
    text = html_of(facts, rendered)
    rows = {
        cells[0]: cells[1:]
        for row in re.findall(r"<tr>(.*?)</tr>", text, re.S)
        if (cells := [unescape(cell) for cell in re.findall(r"<t[hd]>(.*?)</t[hd]>", row, re.S)])
    }
    statistics = next(cells for head, cells in rows.items() if head.startswith("latency, "))
    sheet = sheets_of(facts)["latency"]
    columns = [column.title for column in sheet.columns]
    for row in sheet.rows:
        texts = [row[columns.index(statistic)].text for statistic in statistics]
        assert rows[row[0].text] == texts


def test_a_comparison_shows_the_numbers_of_both_runs(rendered: Path, facts: dict[str, Any]) -> None:
    for row in compare_runs(rendered, rendered)["rows"]:
        assert row["base"] == row["new"] == facts["metrics"][row["metric"]]


@pytest.mark.parametrize(
    ("sheet", "column", "metric"),
    [
        ("outcomes", "offered", "outcomes.{}.offered.count"),
        ("outcomes", "of all", "mix.{}.share"),
        ("outcomes", "never answered", "outcomes.{}.unanswered.count"),
        ("outcomes", "errors", "errors.{}.share"), ("ranges", "in time", "ranges.{}.in_time.share"),
        ("ranges", "busy or unanswered", "ranges.{}.failed.share"),
        ("ranges", "available", "availability.{}"),
    ],
)  # fmt: skip
def test_what_became_of_requests_is_the_metrics(
    sheet: str, column: str, metric: str, facts: dict[str, Any]
) -> None:
    made = sheets_of(facts)[sheet]
    place = [one.title for one in made.columns].index(column)
    for row in made.rows:
        assert row[place].value == facts["metrics"].get(metric.format(row[0].value))


@pytest.mark.parametrize(
    "name",
    ["rate.offered", "rate.completed", "rate.refused", "total.requests", "total.orders",
     "total.accepted", "total.executed", "business.volume_usd", "availability", "errors.share"],
)  # fmt: skip
def test_the_totals_of_the_console_are_the_metrics(
    name: str, rendered: Path, facts: dict[str, Any]
) -> None:
    shown = shown_as.shown(name, facts["metrics"], facts["undersampled"])
    assert f" {shown} " in f" {' '.join(printed(rendered, facts).split())} "


def test_the_test_cases_are_the_verdict(rendered: Path, facts: dict[str, Any]) -> None:
    suites = {
        suite.get("name"): suite for suite in ElementTree.parse(rendered / "junit.xml").getroot()
    }
    verdict = facts["verdict"]
    outcomes = {case.get("name"): case.find("failure") is None for case in suites["limits"]}
    assert outcomes == {limit["metric"]: limit["passed"] for limit in verdict["limits"]}
    assert {case.get("name") for case in suites["must_see"]} == {
        event["event"] for event in verdict["must_see"]
    }
    assert [str(case.get("name"))[:3] for case in suites["audit"]] == [
        row["id"] for row in verdict["audit"]
    ]


def test_what_is_missed_or_lost_is_a_failed_test_case(record_run: RecordRun) -> None:
    broken = {"id": "A01", "title": "cash", "checks": 3, "findings": 2}
    found = [{"invariant": "A01", "sentence": "a gap of <7>"}]
    folder = record_run(count=0, counters={}, audit={"invariants": [broken], "findings": found})

    exports.write_texts(folder)

    root = ElementTree.parse(folder / "junit.xml").getroot()
    failures = {suite.get("name"): suite.get("failures") for suite in root}
    assert failures["audit"] == "1"
    assert failures["must_see"] == "1"
    assert "a gap of <7>" in (root.findtext("testsuite[@name='audit']/testcase/failure") or "")


def test_a_run_that_did_not_end_or_raised_is_a_failed_test_case(record_run: RecordRun) -> None:
    raised = {"address": "book/X", "message": "Tick", "error": "KeyError: 1", "where": "b.py:1"}
    folder = record_run(count=0, status="interrupted", counters={"failures": [raised]})

    exports.write_texts(folder)

    root = ElementTree.parse(folder / "junit.xml").getroot()
    failures = root.findall("testsuite[@name='run']/testcase/failure")
    assert [failure.text for failure in failures] == [
        "it is interrupted", "book/X, Tick: KeyError: 1 (b.py:1)",
    ]  # fmt: skip


def test_a_run_that_a_limit_ended_did_not_come_to_its_end(record_run: RecordRun) -> None:
    folder = record_run(count=0, status="aborted", counters={})
    exports.write_texts(folder)
    root = ElementTree.parse(folder / "junit.xml").getroot()
    assert root.findtext("testsuite[@name='run']/testcase/failure") == "it is aborted"


def test_sizes_name_their_unit_in_a_file(facts: dict[str, Any]) -> None:
    text = exports.as_csv(sheets_of(facts)["orders"])
    assert "shares of an accepted order (shares)," in text
    assert '"value of an executed order (1/10,000 USD)",' in text


def test_a_run_that_nobody_audited_is_a_failed_test_case(record_run: RecordRun) -> None:
    folder = record_run(count=0, audit=None)
    exports.write_texts(folder)
    root = ElementTree.parse(folder / "junit.xml").getroot()
    assert root.find("testsuite[@name='audit']/testcase/failure") is not None


def test_percentiles_are_written_as_hdrhistogram_does(
    rendered: Path, facts: dict[str, Any]
) -> None:
    lines = (rendered / "percentiles.hgrm").read_text().splitlines()
    rows = [line.split() for line in lines[2:] if not line.startswith("#")]
    metrics = facts["metrics"]
    values, shares, counts = ([float(row[n]) for row in rows] for n in range(3))

    assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    assert values == sorted(values)
    assert (shares[-1], counts[-1]) == (1.0, metrics["latency.all.count"])
    assert values[-1] == pytest.approx(metrics["latency.all.max"] * 1_000, abs=0.001)
    at = next(n for n, share in enumerate(shares) if share >= 0.99)
    assert values[at - 1] <= metrics["latency.all.p99"] * 1_000 <= values[at] + 0.001


def test_files_of_percentiles_and_histograms_say_their_units(rendered: Path) -> None:
    spectra = [rendered / "percentiles.hgrm", *(rendered / "percentiles").glob("*.hgrm")]
    log = (rendered / "intervals.hlog").read_text().splitlines()

    assert len(spectra) > 5
    assert all("#[Unit    = milliseconds]" in file.read_text().splitlines() for file in spectra)
    assert "#[Units: histograms in microseconds, Interval_Max in milliseconds]" in log[:4]


def test_figures_are_written_as_png_and_svg_and_old_ones_go(rendered: Path) -> None:
    folder = rendered / "figures"
    folder.mkdir(exist_ok=True)
    (folder / "of-old.png").write_bytes(b"")

    written = exports.write_figures(rendered)

    assert not (folder / "of-old.png").exists()
    assert {file.suffix for file in written} == {".png", ".svg"}
    assert (folder / "spectrum.png").read_bytes().startswith(b"\x89PNG")
    first = {file: file.read_bytes() for file in written}
    exports.write_figures(rendered)
    assert first == {file: file.read_bytes() for file in written}


def test_every_figure_file_shows_its_title(rendered: Path) -> None:
    files = exports.write_figures(rendered)

    assert len(files) > 20
    assert without_title(files) == []


def test_a_title_that_is_wider_than_its_figure_is_broken(tmp_path: Path) -> None:
    title = "A wide title <of> many words, " * 8
    file = tmp_path / "wide.svg"

    save([file], title, Size(600, 200), lambda axes: axes.plot([0, 1]))

    lines = re.findall(r"<text[^>]*700[^>]*>(.*?)</text>", file.read_text(encoding="utf-8"))
    assert len(lines) > 1
    assert " ".join(map(unescape, lines)) == title.strip()
    assert without_title([file]) == []


def test_a_figure_without_a_title_is_found(tmp_path: Path) -> None:
    files = [tmp_path / "bare.svg", tmp_path / "bare.png"]
    save(files, "", Size(600, 200), lambda axes: axes.plot([0, 1]))

    assert without_title(files) == files
