"""Texts that somebody chose end as texts: no formula, no broken file, no formula of mathematics."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes

from reports.document import Document, Drawing, Grid, csv_of
from reports.document_page import render
from reports.exports import as_junit
from reports.metrics import summarise
from reports.plots import drawn

HOSTILE = "</title><script>alert(1)</script>&\"'"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_text_in_a_table_is_a_formula(begin: str) -> None:
    text = csv_of(["axis", f"{begin}1+1"], [[f"{begin}cmd|' /C calc'!A0", -5, 1.5]])

    heading, row = csv.reader(io.StringIO(text, newline=""))
    assert heading == ["axis", f"'{begin}1+1"]
    assert row == [f"'{begin}cmd|' /C calc'!A0", "-5", "1.5"]


def test_no_text_in_a_table_begins_a_row() -> None:
    rows = list(csv.reader(io.StringIO(csv_of(["a"], [["1\r2"], ["3\n4"]]), newline="")))

    assert rows == [["a"], ["1 2"], ["3\n4"]]


def test_test_cases_are_xml_whatever_a_handler_has_raised(record_run: Callable[..., Path]) -> None:
    facts = summarise(record_run())
    row = facts["verdict"]["audit"][0]
    row |= {"broken": 1, "findings": ["a\x00b\x1b[31m\ufffe", HOSTILE]}

    cases = ElementTree.fromstring(as_junit(facts))

    (failure,) = cases.findall("./testsuite[@name='audit']/testcase/failure")
    assert failure.text is not None
    assert "a\ufffdb\ufffd[31m\ufffd" in failure.text
    assert HOSTILE in failure.text


def document(text: str) -> Document:
    def draw(axes: Axes) -> None:
        axes.set_xlabel(text)

    drawing = Drawing("x", text, (text,), 200, draw)
    grid = Grid(text, (text, text), ((text, text),), text)
    return Document(text, f"✓ {text}", text, ((text, text),), (text,), (grid,), (drawing,))


def test_a_page_of_an_experiment_holds_texts_as_they_are() -> None:
    page = render(document(HOSTILE))

    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 10


def test_two_amounts_are_no_formula() -> None:
    amounts = "from $5_{000 to $10_000"

    page = render(document(amounts))
    axes = drawn(Drawing("x", amounts, (amounts,), 200, lambda axes: None))

    assert f"{amounts}</text>" in page
    axes.figure.canvas.draw()
