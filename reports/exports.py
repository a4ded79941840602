"""Writes what a report has besides its page: figures, tables, percentiles and test cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from reports.canvas import Size, save
from reports.document import csv_of
from reports.drawings import drawings_of
from reports.format import operations
from reports.interval_log import SUB_BUCKETS, buckets_for, intervals_of, log_of
from reports.page import WIDE, read_run
from reports.series_tables import over_time
from reports.sheets import Sheet, all_metrics, percentiles, sheets_of
from simulation.records import UnwritableRun

Facts = dict[str, Any]

FIGURES: Final = "figures"
TABLES: Final = "tables"
PERCENTILES: Final = "percentiles.hgrm"
BY_OPERATION: Final = "percentiles"
LOG: Final = "intervals.hlog"
CASES: Final = "junit.xml"

_NOT_IN_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEGEND: Final = 40  # pixels above a figure that stands alone


def write_texts(folder: Path) -> list[Path]:
    """Write the tables as CSV, the percentiles and the test cases of a recorded run.

    Raises:
        UnreadableRun: The folder is not a recorded run.
        UnwritableRun: A file cannot be written.
    """
    facts, series = read_run(folder)
    sheets = [all_metrics(facts), percentiles(facts), *over_time(series),
              *sheets_of(facts).values()]  # fmt: skip
    texts = {f"{TABLES}/{sheet.name}.csv": as_csv(sheet) for sheet in sheets}
    texts |= {PERCENTILES: as_hgrm(facts, series), CASES: as_junit(facts)}
    texts |= {f"{BY_OPERATION}/{name}.hgrm": as_hgrm(facts, series, name)
              for name in operations(facts["metrics"])}  # fmt: skip
    texts[LOG] = "\n".join(log_of(intervals_of(folder, facts["run"]), 0.0)) + "\n"
    _forget(folder / TABLES, "*.csv")
    _forget(folder / BY_OPERATION, "*.hgrm")
    return [_write(folder / name, text) for name, text in texts.items()]


def write_figures(folder: Path) -> list[Path]:
    """Write the figures of a recorded run as PNG and SVG.

    Raises:
        UnreadableRun: The folder is not a recorded run.
        UnwritableRun: A file cannot be written.
    """
    facts, series = read_run(folder)
    written = []
    _forget(folder / FIGURES, "*.png", "*.svg")
    for drawing in drawings_of(facts, series).values():
        size = Size(WIDE, drawing.height + (_LEGEND if drawing.keys else 0))
        files = [folder / FIGURES / f"{drawing.name}{suffix}" for suffix in (".svg", ".png")]
        with _guarded(files[0]):
            save(files, drawing.title, size, drawing.draw)
        written += files
    return written


def _forget(folder: Path, *patterns: str) -> None:
    """Take away what an earlier report has written: a figure of it may not be there any more."""
    for pattern in patterns:
        for file in folder.glob(pattern):
            file.unlink(missing_ok=True)  # somebody else may be writing the same report


def _write(file: Path, text: str) -> Path:
    with _guarded(file):
        file.write_text(text, encoding="utf-8")
    return file


@contextmanager
def _guarded(file: Path) -> Iterator[None]:
    """Make the folder of a file, and say which one it was that could not be written."""
    try:
        file.parent.mkdir(exist_ok=True)
        yield
    except OSError as error:
        raise UnwritableRun(file, error) from error


def as_csv(sheet: Sheet) -> str:
    """Return a table as CSV: values as they are, units in the headings."""
    headings = [
        f"{column.title} ({column.unit})" if column.unit else column.title
        for column in sheet.columns
    ]
    return csv_of(headings, [[cell.value for cell in row] for row in sheet.rows])


def as_hgrm(facts: Facts, series: Facts, name: str = "all") -> str:
    """Return the latency of one operation, or of all, as HdrHistogram's text, in milliseconds.

    Source: G. Tene, HdrHistogram, `outputPercentileDistribution`. Its columns are the value, the
    percentile as a share, its rank (at least so many values are no larger), and 1/(1-q).
    """
    metrics = facts["metrics"]
    count = int(metrics.get(f"latency.{name}.count", 0))
    lines = [f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>16}", ""]
    for one_in, latency_s in series["spectrum"].get(name, ()):
        share = 1 - 1 / one_in
        rank = max(1, ceil(round(count * share, 6)))
        lines.append(f"{latency_s * 1e3:12.3f} {share:14.12f} {rank:10d} {one_in:16.2f}")
    unit = "#[Unit    = milliseconds]"  # below the values, as some readers skip two lines
    if not count:
        lines.append(unit)
    else:
        mean, sd, most = (metrics[f"latency.{name}.{key}"] * 1e3 for key in ("mean", "sd", "max"))
        lines += [
            f"{most:12.3f} {1:14.12f} {count:10d} {'inf':>16}",
            unit,
            f"#[Mean    = {mean:12.3f}, StdDeviation   = {sd:12.3f}]",
            f"#[Max     = {most:12.3f}, Total count    = {count:12d}]",
            f"#[Buckets = {buckets_for(round(most * 1e3)):12d}, SubBuckets     = "
            f"{SUB_BUCKETS:12d}]",
        ]
    return "\n".join(lines) + "\n"


def as_junit(facts: Facts) -> str:
    """Return the verdict as test cases in JUnit's format: limits, what had to be seen, audit."""
    run, verdict = facts["run"], facts["verdict"]
    whole = ElementTree.Element("testsuites", name=str(run["scenario"]))
    limits, seen, audit = (_suite(whole, run, name) for name in ("limits", "must_see", "audit"))
    _add_ending(_suite(whole, run, "run"), run["status"], verdict["handlers"])
    for limit in verdict["limits"]:
        told = f"limit {limit['text']}, measured {limit['measured']}. {limit['note']}"
        _case(limits, limit["metric"], limit["passed"], limit["outcome"], told.strip())
    for event in verdict["must_see"]:
        told = f"seen {event['count']} times"
        _case(seen, event["event"], bool(event["count"]), "never seen", told)
    for row in verdict["audit"]:
        told = "\n".join([f"checked {row['checked']} times", *row["findings"]])
        why = f"broken {row['broken']} times"
        _case(audit, f"{row['id']} {row['title']}", not row["broken"], why, told)
    if not verdict["audited"]:
        _case(audit, "audit", False, "not audited", "nobody judged this run")
    for suite in whole:
        suite.set("tests", str(len(suite.findall("testcase"))))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
    ElementTree.indent(whole)
    return ElementTree.tostring(whole, encoding="unicode", xml_declaration=True) + "\n"


def _add_ending(suite: ElementTree.Element, status: str, handlers: list[str]) -> None:
    """Tell whether the run came to its end, and whether its handlers did what they were asked."""
    is_whole = status not in {"interrupted", "aborted", "failed"}
    _case(suite, "the run came to its end", is_whole, status, f"it is {status}")
    _case(suite, "no handler raised", not handlers, "a handler raised", "\n".join(handlers))


def _suite(whole: ElementTree.Element, run: Facts, name: str) -> ElementTree.Element:
    suite = ElementTree.SubElement(whole, "testsuite", name=name)
    suite.set("timestamp", str(run["started"])[:19])
    return suite


def _case(suite: ElementTree.Element, name: str, passed: bool, why: str, told: str) -> None:
    classname = str(suite.get("name"))
    case = ElementTree.SubElement(suite, "testcase", name=_in_xml(name), classname=classname)
    if passed:
        ElementTree.SubElement(case, "system-out").text = _in_xml(told)
    else:
        ElementTree.SubElement(case, "failure", message=why).text = _in_xml(told)


def _in_xml(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold, however they are written."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
