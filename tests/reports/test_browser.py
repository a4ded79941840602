"""The page as a browser shows it: no errors, nothing cut off, readable in light, dark and print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Browser

from reports.document import Document, Drawing, Grid
from reports.document_page import write_page
from reports.experiment_figures import draw_curves
from reports.knee import Curve, Point
from reports.page import write

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to show the page")

A4_WIDTH = 703  # pixels between margins of 12 mm
WIDER_THAN_THE_PAGE = """
[...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && !e.closest('thead'))
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))
"""
CUT_CELLS = """
[...document.querySelectorAll('th, td')].filter(e => e.scrollWidth > e.clientWidth + 1)
  .filter(e => getComputedStyle(e).overflow !== 'visible').map(e => e.textContent)
"""
CUT_BY_ITS_FIGURE = """
[...document.querySelectorAll('figure svg[role=img] text')].filter(text => {
  const own = text.getBoundingClientRect(), all = text.closest('svg').getBoundingClientRect();
  return Math.max(all.left - own.left, own.right - all.right, all.top - own.top,
                  own.bottom - all.bottom) > 1;
}).map(text => text.closest('svg').getAttribute('aria-labelledby') + ': ' + text.textContent)
"""
TEXT_COLOURS = """
(() => {
  const ground = e => { for (; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(colour) && colour !== 'transparent') return colour; } return 'none'; };
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !e.checkVisibility()) continue;
    if (e.closest('title, desc, style')) continue;
    const style = getComputedStyle(e);
    found.add((e.closest('svg') ? style.fill : style.color) + ' on ' + ground(e));
  }
  return [...found];
})()
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as running:
        yield running


@pytest.fixture(scope="module")
def page(made_up_run: Path) -> Path:
    return write(made_up_run)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an experiment with long names and every kind of outcome."""
    points = tuple(Point(20.0 * n, n**3 / 1e3, n**3 / 2e3, n**3 / 5e2) for n in range(1, 9))
    names = [f"cluster.workers = {n}, users.profile.limit_share = 25%" for n in range(1, 5)]
    curves = [Curve(name, points, 100.0) for name in names]
    metric = "latency.notification_email.p99"
    rows = tuple(
        (metric, "< 500ms*", "486 ms", "385 ms … 588 ms", state)
        for state in ("✓ met", "✗ missed", "? inconclusive", "! changed")
    )
    document = Document(
        "sizing  seed 20240102  11 cells", "? inconclusive", "How many workers does it take?",
        (("again", f"openoutcry sweep sizing --set '{'matrix.load.0.rate=20/s ' * 9}'"),),
        ("7 of 11 cells passed", f"{names[0]}: knee of {metric} at 100 requests/s"),
        (Grid("limits", ("limit", "bound", "mean", "95 % interval", ""), rows, note="* few"),
         Grid("scenario keys that differ", ("key", "base", "new"),
              (("users.profile.half_hour_shares", "7", str(list(range(60)))),))),
        (Drawing("load", f"{metric} over the offered load", tuple(names), 420,
                 lambda axes: draw_curves(axes, curves, metric, "virtual", 0.2)),
         Drawing("bare", "The same without keys", (), 420,
                 lambda axes: draw_curves(axes, curves, metric, "virtual"))),
    )  # fmt: skip
    return write_page(document, tmp_path_factory.mktemp("experiment") / "report.html")


@pytest.fixture(params=["page", "experiment"])
def any_page(request: pytest.FixtureRequest) -> Path:
    """The page of a run, then that of an experiment."""
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.mark.parametrize("width", [360, 800, 1_400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen_and_the_console_stays_silent(
    width: int, scheme: str, browser: Browser, any_page: Path
) -> None:
    browser.complaints.clear()
    browser.open(any_page, width, scheme)

    assert browser.ask("document.documentElement.scrollWidth") == width
    assert browser.ask(WIDER_THAN_THE_PAGE) == []
    assert browser.complaints == []


@pytest.mark.parametrize("width", [360, 1_400])
def test_an_experiment_names_its_tables_and_figures(
    width: int, browser: Browser, experiment: Path
) -> None:
    browser.open(experiment, width)
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    seen = [node for node in nodes if not node.get("ignored")]
    names = {
        kind: [node["name"]["value"] for node in seen if node["role"]["value"] == kind]
        for kind in ("table", "rowheader", "image", "region", "list")
    }

    assert names["table"] == ["limits", "scenario keys that differ"]
    assert len(names["rowheader"]) == 5
    assert [name[:12] for name in names["image"]] == ["latency.noti", "The same wit"]
    assert len(names["region"]) == 4
    assert browser.ask("[...document.querySelectorAll('ul')].every(list => list.children.length)")


@pytest.mark.parametrize("width", [360, 800, 1_400])
def test_long_texts_of_scenarios_make_no_page_wider(
    width: int, browser: Browser, tmp_path: Path
) -> None:
    rows = (("must_see", ", ".join(["limit_order_triggered"] * 20), "–"),)
    keys = Grid("scenario keys that differ", ("key", "base", "new"), rows)
    document = Document("long", "", "LongWord" * 80, (), ("LongWord" * 80,), (keys,))
    browser.open(write_page(document, tmp_path / "page.html"), width)

    assert browser.ask("document.documentElement.scrollWidth") == width


def test_what_is_too_wide_is_found(browser: Browser, tmp_path: Path) -> None:
    wide = tmp_path / "wide.html"
    wide.write_text("<body><p style='width: 500px'>far</p><script>console.error(1)</script>")
    browser.complaints.clear()
    browser.open(wide, 360)

    assert browser.ask(WIDER_THAN_THE_PAGE) != []
    assert browser.complaints != []


@pytest.mark.parametrize("width", [360, 1_400])
def test_no_word_is_cut_off_by_the_edge_of_its_figure(
    width: int, browser: Browser, any_page: Path
) -> None:
    browser.open(any_page, width)
    assert browser.ask("document.querySelectorAll('figure svg[role=img] text').length") > 20
    assert browser.ask(CUT_BY_ITS_FIGURE) == []


def test_a_word_that_is_cut_off_is_found(browser: Browser, tmp_path: Path) -> None:
    cut = tmp_path / "cut.html"
    cut.write_text(
        "<figure><svg role='img' aria-labelledby='cut' viewBox='0 0 90 90'>"
        "<text x='80' y='50'>far away</text></svg></figure>"
    )
    browser.open(cut, 360)

    assert browser.ask(CUT_BY_ITS_FIGURE) == ["cut: far away"]


def test_every_figure_has_a_name_that_the_browser_tells(browser: Browser, page: Path) -> None:
    browser.open(page, 1_400)
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    images = [node for node in nodes if node.get("role", {}).get("value") in {"img", "image"}]
    seen = [node for node in images if not node.get("ignored")]

    assert len(seen) >= browser.ask("document.querySelectorAll('figure').length") > 0
    assert all(node["name"]["value"] for node in seen)


@pytest.mark.parametrize("width", [360, 1_400])
def test_tables_are_tables_to_who_cannot_see_them(width: int, browser: Browser, page: Path) -> None:
    browser.open(page, width)
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = [node.get("role", {}).get("value") for node in nodes if not node.get("ignored")]

    assert roles.count("table") == browser.ask("document.querySelectorAll('table').length")
    assert roles.count("rowheader") == browser.ask("document.querySelectorAll('tbody tr').length")
    assert browser.ask("[...document.querySelectorAll('table')].every(t => t.caption)")


def test_headings_leave_out_no_level(browser: Browser, page: Path) -> None:
    browser.open(page, 1_400)
    levels = browser.ask("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(new <= old + 1 for old, new in pairwise(levels))


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    shares = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(pair: str) -> float:
    light, dark = sorted(map(luminance, pair.split(" on ")), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(
    scheme: str, browser: Browser, any_page: Path
) -> None:
    browser.open(any_page, 1_400, scheme)
    # Names within bars have the colour of the paper; what is behind them is a bar.
    paper = browser.ask("getComputedStyle(document.body).backgroundColor")
    pairs = [pair for pair in browser.ask(TEXT_COLOURS) if not pair.startswith(paper)]

    assert len(pairs) >= 4
    assert {pair: contrast(pair) for pair in pairs if contrast(pair) < 4.5} == {}


def test_what_hardly_stands_out_is_found() -> None:
    assert contrast("rgb(150, 150, 150) on rgb(255, 255, 255)") < 4.5
    assert contrast("rgb(0, 0, 0) on rgb(255, 255, 255)") == pytest.approx(21.0)


def test_on_paper_no_column_is_cut_and_the_page_is_light(browser: Browser, any_page: Path) -> None:
    browser.open(any_page, A4_WIDTH, "dark", medium="print")

    assert browser.ask(WIDER_THAN_THE_PAGE) == []
    assert browser.ask(CUT_CELLS) == []
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    boxes = browser.ask(
        "[...document.querySelectorAll('*')].map(e => getComputedStyle(e).overflowX)"
        ".filter(o => o === 'auto' || o === 'scroll').length"
    )
    assert boxes == 0, "paper does not scroll"


def test_it_prints_on_a4(browser: Browser, page: Path, tmp_path: Path) -> None:
    browser.open(page, A4_WIDTH)
    browser.print(tmp_path / "page.pdf")

    printed: Any = (tmp_path / "page.pdf").read_bytes()
    boxes = set(re.findall(rb"/MediaBox \[([^\]]*)\]", printed))
    assert len(boxes) == 1
    width, height = (float(number) for number in boxes.pop().split()[2:])
    assert abs(width - 595) < 1
    assert abs(height - 842) < 1
