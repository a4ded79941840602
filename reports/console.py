"""Prints the summary of a run: the verdict first, in words and symbols as well as in colour."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports import format as shown_as
from reports.format import OUTCOMES, WORDS, busiest

Facts = dict[str, Any]

_STYLES: Final = {"✓": "green", "✗": "bold red", "?": "yellow", "!": "yellow"}
_ASCII: Final = str.maketrans({"✓": "+", "✗": "x", "–": "-", "µ": "u", "·": "|"})
_LATENCY: Final = ("count", "p50", "p90", "p99", "p999", "max")
_HEADINGS: Final = {"p999": "p99.9"}
_BUSIEST: Final = 5


def render(metrics: Facts, console: Console) -> None:
    """Print the contents of a `metrics.json`, within 80 columns."""
    _Summary(metrics, console).print()


class _Summary:
    def __init__(self, facts: Facts, console: Console) -> None:
        self._run = facts["run"]
        self._verdict = facts["verdict"]
        self._metrics = facts["metrics"]
        self._files = facts["files"]
        self._undersampled = set(facts["undersampled"])
        self._console = console
        self._plain = not console.encoding.lower().startswith("utf")

    def print(self) -> None:
        self._print_verdict()
        self._print_audit()
        self._print_totals()
        self._print_latencies()
        self._print_actors()
        self._say(f"\nfiles  {self._run['folder']}/")
        self._say(f"       {', '.join(self._files)}")

    def _say(self, line: str, state: str = "") -> None:
        text = Text(self._in_charset(line), overflow="fold")
        if state:
            text.append(self._in_charset(f"  {state}"), style=_STYLES[state[0]])
        self._console.print(text)

    def _in_charset(self, text: str) -> str:
        return text.translate(_ASCII) if self._plain else text

    def _show(self, name: str) -> str:
        return shown_as.shown(name, self._metrics, self._undersampled)

    def _print_verdict(self) -> None:
        run = self._run
        self._say(f"{run['scenario']}  seed {run['seed']}", WORDS[self._verdict["word"]])
        if run["error"]:
            self._say(f"  {run['error']}")
        for limit in self._verdict["limits"]:
            measured = shown_as.metric(limit["judged_by"], limit["measured"])
            line = f"  {limit['metric']:<32} {measured:>9}  {limit['text']:<10}"
            self._say(line, OUTCOMES[limit["outcome"]])
            if limit["note"]:
                self._say(f"    {limit['note']}")
        for event in self._verdict["must_see"]:
            state = "✓ seen" if event["count"] else "✗ never seen"
            self._say(
                f"  {event['event']:<32} {shown_as.count(event['count']):>9}  {'':<10}", state
            )

    def _print_audit(self) -> None:
        rows = self._verdict["audit"]
        if not rows:
            self._say("  audit", "? not audited")
            return
        checks = shown_as.count(sum(row["checked"] for row in rows))
        found = [row for row in rows if row["broken"]]
        line = f"  audit: {len(rows)} invariants, checked {checks} times"
        self._say(line, f"✗ {len(found)} broken" if found else "✓ nothing lost")
        for row in found:
            first = f": {row['findings'][0]}" if row["findings"] else ""
            times = shown_as.count(row["broken"])
            self._say(f"    {row['id']} {row['title']}, broken {times} times{first}")

    def _print_totals(self) -> None:
        run, show = self._run, self._show
        clock = run["clock"]
        self._say(
            f"\n{shown_as.duration(run['virtual_s'])} {clock} in "
            f"{shown_as.duration(run['wall_s'])} wall-clock · {shown_as.count(run['messages'])} "
            f"messages · {shown_as.count(run['messages_per_s'])}/s"
        )
        self._say(
            f"requests {show('total.requests')} · offered {show('rate.offered')} · "
            f"completed {show('rate.completed')} · refused {show('rate.refused')}"
        )
        self._say(
            f"orders {show('total.orders')} · accepted {show('total.accepted')} · executed "
            f"{show('total.executed')}"
        )
        self._say(
            f"rejected {show('total.rejected')} · cancelled {show('total.cancelled')} · expired "
            f"{show('total.expired')}"
        )
        turnover = shown_as.money(self._metrics["total.turnover"])
        self._say(f"shares {show('total.shares')} · turnover {turnover}")

    def _print_latencies(self) -> None:
        headings = [_HEADINGS.get(name, name) for name in _LATENCY]
        table = self._table(f"latency ({self._run['clock']})", *headings)
        for name in shown_as.operations(self._metrics):
            self._add_row(table, name, *(self._show(f"latency.{name}.{s}") for s in _LATENCY))
        self._console.print(table)

    def _print_actors(self) -> None:
        names = busiest(self._metrics)[:_BUSIEST]
        if not names:
            return
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
        table.add_column(Text(f"\n{first}"), no_wrap=True)
        for name in others:
            table.add_column(Text(f"\n{name}"), justify="right", no_wrap=True)
        return table

    def _add_row(self, table: Table, *cells: str) -> None:
        table.add_row(*(Text(self._in_charset(cell)) for cell in cells))
