"""Prints the summary of a run: the verdict first, in words and symbols as well as in colour."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports import format as shown_as
from reports.format import OUTCOMES, WORDS, busiest
from reports.tester import bottleneck
from reports.warm_up import in_words
from simulation.records import PAGE_FILE, PART_PATTERN

Facts = dict[str, Any]

_STYLES: Final = {"✓": "green", "✗": "bold red", "?": "yellow", "!": "yellow"}
_ASCII: Final = str.maketrans({"✓": "+", "✗": "x", "–": "-", "µ": "u", "·": "|"})
_LATENCY: Final = ("count", "p50", "p90", "p99", "p999", "max")
_HEADINGS: Final = {"p999": "p99.9"}
_BUSIEST: Final = 5
_GLUE: Final = "\u00a0"  # a space at which no line may end


def render(metrics: Facts, folder: Path, console: Console) -> None:
    """Print the contents of a `metrics.json` within 80 columns, and what lies in its folder."""
    summary = _Summary(metrics, console)
    summary.print()
    summary.print_files(folder)


class _Summary:
    def __init__(self, facts: Facts, console: Console) -> None:
        self._facts = facts
        self._run = facts["run"]
        self._verdict = facts["verdict"]
        self._metrics = facts["metrics"]
        self._undersampled = set(facts["undersampled"])
        self._console = console
        self._plain = not console.encoding.lower().startswith("utf")

    def print(self) -> None:
        self._print_verdict()
        self._print_audit()
        self._print_totals()
        self._print_brokerage()
        self._print_latencies()
        self._print_actors()

    def print_files(self, folder: Path) -> None:
        """Print what there is to read about the run, and the command that repeats it."""
        files = sorted(path.name for path in folder.iterdir() if path.is_file())
        tables = sorted({part.parent.name for part in folder.glob(f"*/{PART_PATTERN}")})
        self._console.print()
        if PAGE_FILE in files:
            files.remove(PAGE_FILE)
            self._say(f"report  {folder / PAGE_FILE}", whole=True)
        self._say(f"files   {', '.join(files)}", indent=8)
        self._say(f"tables  {', '.join(tables) or 'none'}", indent=8)
        self._say(f"again   {self._run['command']}", whole=True)

    def _say(self, line: str, state: str = "", *, indent: int = 4, whole: bool = False) -> None:
        """Print a line, whole or wrapped, with what it comes to in its colour at the end."""
        line = self._in_charset(line)
        if not state and not whole:
            hanging = " " * indent
            line = textwrap.fill(_glued(line), self._console.width, subsequent_indent=hanging)
            line = line.replace(_GLUE, " ")
        text = Text(line)
        if state:
            text.append(self._in_charset(f"  {state}"), style=_STYLES[state[0]])
        self._console.print(text, soft_wrap=True)

    def _in_charset(self, text: str) -> str:
        return text.translate(_ASCII) if self._plain else text

    def _show(self, name: str) -> str:
        return shown_as.shown(name, self._metrics, self._undersampled)

    def _print_verdict(self) -> None:
        run = self._run
        self._say(f"{run['scenario']}  seed {run['seed']}", WORDS[self._verdict["word"]])
        if run.get("session"):
            self._say(f"  session of {run['session']}")
        if run["error"]:
            self._say(f"  {run['error']}")
        if self._verdict["handlers"]:
            times, first = shown_as.times(run["restarts"]), self._verdict["handlers"][0]
            self._say(f"  a handler failed {times}, first {first}")
        for limit in self._verdict["limits"]:
            self._print_limit(limit)
        stand_ins = {limit["judged_by"].rpartition(".")[2] for limit in self._stood_in()}
        if stand_ins:
            what = " or ".join(sorted(stand_ins))
            self._say(f"  * too few values above that percentile: judged by {what}")
        for event in self._verdict["must_see"]:
            count = event["count"]
            self._print_outcome(event["event"], shown_as.count(count), "", shown_as.seen(count))

    def _stood_in(self) -> list[Facts]:
        return [row for row in self._verdict["limits"] if row["judged_by"] != row["metric"]]

    def _print_limit(self, limit: Facts) -> None:
        measured = shown_as.metric(limit["judged_by"], limit["measured"])
        mark = "*" if limit["judged_by"] != limit["metric"] else ""
        bound = f"{mark:<2}{limit['text']}"
        self._print_outcome(limit["metric"], measured, bound, OUTCOMES[limit["outcome"]])

    def _print_outcome(self, name: str, value: str, beside: str, state: str) -> None:
        self._say(f"  {name:<32} {value:>9}{beside:<12}", state)

    def _print_audit(self) -> None:
        rows = self._verdict["audit"]
        if not rows:
            self._print_outcome("audit", "", "", "? not audited")
            return
        checks = shown_as.count(sum(row["checked"] for row in rows))
        found = [row for row in rows if row["broken"]]
        state = f"✗ {len(found)} broken" if found else "✓ nothing lost"
        self._print_outcome(f"audit: {len(rows)} invariants", checks, "  checks", state)
        unchecked = [row["id"] for row in rows if not row["checked"]]
        if unchecked:
            self._say(f"  ? never checked: {', '.join(unchecked)}")
        for row in found:
            first = f": {row['findings'][0]}" if row["findings"] else ""
            times = shown_as.times(row["broken"])
            self._say(f"  {row['id']} {row['title']}, broken {times}{first}")

    def _print_totals(self) -> None:
        run, show = self._run, self._show
        clock = run["clock"]
        self._console.print()
        self._say(
            f"{shown_as.brief_duration(run['measured_s'])} measured of "
            f"{shown_as.duration(run['virtual_s'])} {clock} in "
            f"{shown_as.duration(run['wall_s'])} wall-clock · {shown_as.count(run['messages'])} "
            f"messages · {shown_as.count(run['messages_per_s'])}/s"
        )
        self._say(
            f"processor time {shown_as.duration(run['processor_s'])} · memory at its peak "
            f"{shown_as.memory(run['peak_bytes'])}{_witness_told(run)}"
        )
        if told := bottleneck(self._facts):
            self._say(f"! {told}")
        if run.get("warm_up"):
            self._say(f"warm-up {in_words(run['warm_up'], shown_as.brief_duration)}")
        self._say(
            f"per second measured: offered {show('rate.offered')} · "
            f"completed {show('rate.completed')} · refused {show('rate.refused')}"
        )
        self._say(
            f"totals, warm-up included: requests {show('total.requests')} · orders "
            f"{show('total.orders')} · rejected {show('total.rejected')} · accepted "
            f"{show('total.accepted')}"
        )
        self._say(
            f"of the accepted: executed {show('total.executed')} · cancelled "
            f"{show('total.cancelled')} · expired {show('total.expired')} · rejected later "
            f"{show('total.rejected_later')} · still open {show('total.pending')}"
        )

    def _print_brokerage(self) -> None:
        show = self._show
        self._console.print()
        self._say("the brokerage")
        self._say(
            f"  volume {show('business.volume_usd')} · shares {show('business.volume_shares')} · "
            f"users active {show('business.users_active')} · traded "
            f"{show('business.users_traded')}"
        )
        self._say(
            f"  available {show('availability')} · errors {show('errors.share')} · rejected "
            f"{show('rejections.share')} · price updates {show('price_updates.mean')} a symbol"
        )
        self._say(
            f"  buys {show('behaviour.buy_share')} · limit orders {show('behaviour.limit_share')} "
            f"· cancelled {show('behaviour.cancel_share')} · in profit {show('profit.users_share')}"
        )

    def _print_latencies(self) -> None:
        headings = [_HEADINGS.get(name, name) for name in _LATENCY]
        self._console.print()
        table = self._table(f"latency ({self._run['clock']})", *headings)
        for name in shown_as.operations(self._metrics):
            self._add_row(table, name, *(self._show(f"latency.{name}.{s}") for s in _LATENCY))
        self._console.print(table)

    def _print_actors(self) -> None:
        names = busiest(self._metrics)[:_BUSIEST]
        if not names:
            return
        self._console.print()
        table = self._table("busiest actors", "actors", "messages", "of workers", "deepest mailbox")
        for name in names:
            key = f"actors.{name}"
            share = shown_as.share(self._metrics[f"{key}.worker_share"])
            shown = [self._show(f"{key}.{s}") for s in ("count", "messages", "depth_max")]
            self._add_row(table, name, *shown[:2], share, shown[2])
        self._console.print(table)

    def _table(self, first: str, *others: str) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        table.title_justify = "left"
        table.add_column(first, no_wrap=True)
        for name in others:
            table.add_column(name, justify="right", no_wrap=True)
        return table

    def _add_row(self, table: Table, *cells: str) -> None:
        table.add_row(*(Text(self._in_charset(cell)) for cell in cells))


def _witness_told(run: Facts) -> str:
    """Tell what the witness took, where it was a process of its own."""
    if not run["witness_processor_s"]:
        return ""
    memory = shown_as.memory(run["witness_peak_bytes"])
    return f" · of its witness {shown_as.duration(run['witness_processor_s'])}, {memory}"


def _glued(line: str) -> str:
    """Keep what belongs together in one line, in a line of several facts: a name and its value."""
    text = line.lstrip()
    indent, facts = line[: len(line) - len(text)], text.split(" · ")
    if len(facts) == 1:
        return line
    pieces = [fact.rpartition(": ") for fact in facts]
    return indent + " · ".join(
        f"{head}{colon}{fact.replace(' ', _GLUE)}" for head, colon, fact in pieces
    )
