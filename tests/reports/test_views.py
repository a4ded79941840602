"""The console and the page show the numbers of `metrics.json`, readable for everybody."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from reports import format as shown_as
from reports import palette
from reports.console import render
from reports.metrics import summarise
from reports.page import write
from reports.palette import DARK, LIGHT, SERIES_NAMES

RecordRun = Callable[..., Path]
VOID = {"meta", "br", "link", "img", "hr", "input"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 µs"), (0.000_012, "12.0 µs"), (0.001_234, "1.23 ms"), (0.999_9, "1.00 s"),
        (0.123_4, "123 ms"), (61.0, "61.0 s"), (119.4, "119 s"), (120.0, "2 min"),
        (754.6, "12 min 35 s"), (23_400.0, "6 h 30 min"), (7_200.0, "2 h"), (None, "–"),
    ],
)  # fmt: skip
def test_durations_have_three_figures_and_a_unit(seconds: float | None, text: str) -> None:
    assert shown_as.duration(seconds) == text


def test_money_is_written_in_dollars_and_cents() -> None:
    assert shown_as.money(12_345_678) == "$1,234.56"
    assert shown_as.money(-5_000) == "-$0.50"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "100 %"), (0.999_96, "99.996 %"), (0.998_6, "99.86 %"), (0.999_999_9, "99.999 %"),
     (0.5, "50.0 %"), (0.99, "99 %"), (None, "–")],
)  # fmt: skip
def test_a_share_that_is_almost_whole_is_not_rounded_up_to_it(
    value: float | None, text: str
) -> None:
    assert shown_as.share(value) == text


def test_the_brokerage_is_told_in_four_lines_and_in_a_section(
    made_up_run: Path, made_up_page: str
) -> None:
    text = printed(made_up_run)
    assert "volume $5,100.00 · shares 34 · users active 100 · traded 1" in text
    shares = [shown_as.share(summarise(made_up_run)["metrics"][name]) for name in
              ("availability", "errors.share", "rejections.share")]  # fmt: skip
    assert "available {} · errors {} · rejected {}".format(*shares) in text
    assert '<dt>volume</dt><dd data-metric="business.volume_usd">$5,100.00</dd>' in made_up_page
    assert ">won $1,000 to $10,000<" in made_up_page
    assert "26 shares bought and still held" in made_up_page


def printed(folder: Path, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    render(summarise(folder), folder, Console(file=file, width=80, color_system=None))
    file.flush()
    return raw.getvalue().decode(encoding)


def test_the_console_begins_with_the_verdict_and_fits_80_columns(record_run: RecordRun) -> None:
    text = printed(record_run())
    lines = text.splitlines()
    assert lines[0] == "made-up  seed 7  ✓ passed"
    assert re.search(r"latency\.search\.p99 +50\.3 ms +< 100ms +✓ met", text)
    assert "✓ nothing lost" in text
    assert max(map(len, lines)) <= 80


def broken_audit(sentence: str) -> dict[str, object]:
    broken = {"id": "A01", "title": "cash", "checks": 3, "findings": 2}
    return {"invariants": [broken], "findings": [{"invariant": "A01", "sentence": sentence}]}


def test_the_console_tells_what_was_lost_in_words(record_run: RecordRun) -> None:
    text = printed(record_run(audit=broken_audit("a gap of 7 [red]"), counters={}))
    assert text.startswith("made-up  seed 7  ✗ something lost")
    assert "A01 cash, broken 2 times: a gap of 7 [red]" in text
    assert "? not counted" in text


def test_what_became_of_the_accepted_orders_adds_up_in_every_view(
    made_up_run: Path, made_up_page: str
) -> None:
    text = " ".join(printed(made_up_run).split())
    assert "50 s measured of 61.0 s virtual" in text
    assert "totals, warm-up included: requests 20,000" in text
    assert "accepted 7 of the accepted: executed 2 · cancelled 1 · expired 1 ·" in text
    assert "rejected later 1 · still open 2" in text
    assert '<dt>still open</dt><dd data-metric="total.pending">2</dd>' in made_up_page
    assert '<dt>rejected later</dt><dd data-metric="total.rejected_later">1</dd>' in made_up_page


def test_an_invariant_that_was_never_checked_is_named(record_run: RecordRun) -> None:
    rows = [{"id": id_, "title": "it", "checks": n, "findings": 0} for id_, n in
            (("A01", 3), ("A07", 0))]  # fmt: skip
    assert "? never checked: A07\n" in printed(record_run(audit={"invariants": rows}))


def test_the_console_ends_with_what_there_is_to_read_and_the_command(made_up_run: Path) -> None:
    write(made_up_run)
    *_, report, files, _, tables, more, again = printed(made_up_run).splitlines()
    assert report == f"report  {made_up_run / 'report.html'}"
    assert files.startswith("files   ")
    assert "run.json" in files
    assert f"{tables} {more.strip()}" == (
        "tables  actors, faults, orders, prices, queues, requests, staleness, timeline, "
        "transactions"
    )
    assert again == "again   openoutcry run x"


def test_a_limit_that_the_maximum_had_to_stand_in_for_is_marked(
    record_run: RecordRun,
) -> None:
    text = printed(record_run(count=500))
    assert re.search(r"latency\.search\.p99 +[\d.]+ ms\* < 100ms +✓ met", text)
    assert "* too few values above that percentile: judged by max" in text


def test_a_handler_that_raised_is_told_in_every_view(record_run: RecordRun) -> None:
    failure = {"address": "book/IBM", "message": "SetPrice", "error": "KeyError: '<x>'",
               "where": "/somewhere/order_book.py:7"}  # fmt: skip
    folder = record_run(counters={"events": {}, "failures": [failure], "restarts": 3})
    assert "a handler failed 3 times, first book/IBM, SetPrice: KeyError: '<x>'" in printed(folder)
    text = write(folder).read_text()
    assert "✗ a handler failed" in text
    assert "KeyError: &#39;&lt;x&gt;&#39; (order_book.py:7)" in text


def test_the_console_does_without_symbols_where_it_has_no_unicode(record_run: RecordRun) -> None:
    assert "x limit missed" in printed(record_run(count=0), encoding="ascii")


class Page(HTMLParser):
    """Collects what a page is made of, and checks that its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"


def test_the_page_is_one_well_formed_file_without_scripts_or_outside_addresses(
    made_up_page: str,
) -> None:
    page = Page(made_up_page)
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"https?://|@import|url\((?!#)", made_up_page)
    assert len(page.ids) == len(set(page.ids))
    assert len(made_up_page.encode()) < 500_000


def test_every_figure_of_the_page_has_a_title_and_a_caption(made_up_page: str) -> None:
    page = Page(made_up_page)
    titled = re.findall(
        r'<svg [^>]*role="img" aria-labelledby="(\S+) (\S+)"><title id="\1">[^<]+</title>'
        r'<desc id="\2">[^<]+</desc>', made_up_page,
    )  # fmt: skip
    assert page.tags.count("figure") == page.tags.count("figcaption") == 14
    assert len(titled) == 28, "each figure is drawn for wide and for narrow screens"


def test_the_same_run_gives_the_same_bytes(record_run: RecordRun) -> None:
    folder = record_run()
    first = write(folder).read_bytes()
    (folder / "metrics.json").unlink()
    assert write(folder).read_bytes() == first


def test_text_from_outside_is_escaped(record_run: RecordRun) -> None:
    text = write(record_run(audit=broken_audit("<script>alert()</script>"))).read_text()
    assert "<script>" not in text
    assert "&lt;script&gt;alert()" in text
    assert "Is a &lt;made-up&gt; run told as it was?" in text


def test_the_page_and_the_console_show_the_same_latencies(
    made_up_run: Path, made_up_page: str
) -> None:
    facts = summarise(made_up_run)
    p99 = shown_as.shown("latency.search.p99", facts["metrics"], facts["undersampled"])
    assert p99 in printed(made_up_run)
    assert f">{p99}</td>" in made_up_page


def test_a_percentile_of_too_few_values_is_a_dash_in_every_view(
    made_up_run: Path, made_up_page: str
) -> None:
    facts = summarise(made_up_run)
    assert facts["metrics"]["latency.search.p9999"] == facts["metrics"]["latency.search.max"]
    assert shown_as.shown("latency.search.p9999", facts["metrics"], facts["undersampled"]) == "–"
    assert 'data-label="p99.99">–</td>' in made_up_page


def test_a_run_without_any_request_still_has_a_page(record_run: RecordRun) -> None:
    text = write(record_run(count=0, audit=None, counters={})).read_text()
    assert "✗ not measured" in text
    assert "? not audited" in text


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_the_paper(colours: Mapping[str, str]) -> None:
    for name in ("ink", "soft", "good", "bad", "open", *SERIES_NAMES):
        for ground in ("paper", "card"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def test_colours_are_written_in_one_place() -> None:
    files = [file for file in Path(palette.__file__).parent.rglob("*")
             if file.suffix in {".py", ".css", ".j2"}]  # fmt: skip
    with_colours = [file.name for file in files if re.search("#[0-9a-f]{6}", file.read_text())]

    assert with_colours == ["palette.py"]


def test_light_and_dark_have_the_same_colours_and_pages_know_them(made_up_page: str) -> None:
    used = set(re.findall(r"var\(--(\w+)\)", made_up_page))

    assert LIGHT.keys() == DARK.keys()
    assert used <= LIGHT.keys()
    assert len(used) > 10
