"""A run as a notebook shows it: the verdict, the latencies and the files, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from reports import format as shown_as
from reports.palette import DARK, LIGHT, as_css
from simulation.records import PAGE_FILE, PART_PATTERN

Facts = dict[str, Any]

_STATISTICS: Final = ("count", "p50", "p90", "p99", "p999", "max")
_LIGHT: Final = as_css(LIGHT)
_DARK: Final = as_css(DARK)
# JupyterLab and VS Code say on the body which theme is on; elsewhere the browser knows.
STYLE: Final = f"""<style>
.openoutcry {{ {_LIGHT}; font-variant-numeric: tabular-nums; }}
@media (prefers-color-scheme: dark) {{ .openoutcry {{ {_DARK} }} }}
body[data-jp-theme-light="true"] .openoutcry, .vscode-light .openoutcry {{ {_LIGHT} }}
body[data-jp-theme-light="false"] .openoutcry, .vscode-dark .openoutcry {{ {_DARK} }}
.openoutcry table {{ border-collapse: collapse; margin: .4em 0; background: none; }}
.openoutcry th, .openoutcry td {{ text-align: right; padding: .15em .7em; background: none;
  border-bottom: 1px solid var(--grid); }}
.openoutcry th:first-child, .openoutcry td:first-child {{ text-align: left; }}
.openoutcry .good {{ color: var(--good) }} .openoutcry .bad {{ color: var(--bad) }}
.openoutcry .open {{ color: var(--open) }}
.openoutcry b {{ font-size: 1.15em }}
</style>"""
_CLASSES: Final = {"✓": "good", "✗": "bad"}


def html_of(facts: Facts, folder: Path) -> str:
    """Return a run as HTML that stands alone.

    Args:
        facts: Content of its `metrics.json`.
        folder: Where it is recorded.
    """
    run, verdict = facts["run"], facts["verdict"]
    head = (
        f"<p><b>{escape(run['scenario'])}</b>, seed {run['seed']}, run {escape(str(run['id']))}: "
        f"<b>{state(shown_as.WORDS[verdict['word']])}</b></p>"
    )
    parts = (head, _limits(verdict["limits"]), _audit(verdict), _latencies(facts), _files(folder))
    return f'{STYLE}<div class="openoutcry">{"".join(parts)}</div>'


def state(text: str) -> str:
    """Return a verdict in its colour; its symbol says the same."""
    return f'<span class="{_CLASSES.get(text[0], "open")}">{escape(text)}</span>'


def _limits(limits: list[Facts]) -> str:
    rows = [
        (
            escape(limit["metric"]), escape(limit["text"]),
            shown_as.metric(limit["judged_by"], limit["measured"]),
            state(shown_as.OUTCOMES[limit["outcome"]]),
        )
        for limit in limits
    ]  # fmt: skip
    return table(("limit", "", "measured", ""), rows) if rows else ""


def _audit(verdict: Facts) -> str:
    rows = verdict["audit"]
    if not rows:
        return f"<p>audit: {state('? not audited')}</p>"
    broken = [row["id"] for row in rows if row["broken"]]
    checks = shown_as.count(sum(row["checked"] for row in rows))
    word = f"✗ broken: {', '.join(broken)}" if broken else "✓ nothing lost"
    return f"<p>audit: {len(rows)} invariants, {checks} checks: {state(word)}</p>"


def _latencies(facts: Facts) -> str:
    metrics, hidden = facts["metrics"], facts["undersampled"]
    heads = [name.replace("p999", "p99.9") for name in _STATISTICS]
    rows = [
        (escape(name), *(
            shown_as.shown(f"latency.{name}.{statistic}", metrics, hidden)
            for statistic in _STATISTICS
        ))
        for name in shown_as.operations(metrics)
    ]  # fmt: skip
    clock = facts["run"]["clock"]
    return table((f"latency, {clock} time", *heads), rows) if rows else ""


def _files(folder: Path) -> str:
    tables = sorted({part.parent.name for part in folder.glob(f"*/{PART_PATTERN}")})
    page = f", {PAGE_FILE}" if (folder / PAGE_FILE).is_file() else ""
    return f"<p>in <code>{escape(str(folder))}</code>: {', '.join(tables) or 'no tables'}{page}</p>"


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of cells that are HTML already."""
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
