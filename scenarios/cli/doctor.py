"""The command `doctor`: is this machine, and this installation, fit to run scenarios?"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, NamedTuple

import click

import scenarios
from scenarios.cli.exit_codes import ExitCode
from scenarios.cli.options import ExampleCommand, out_option

_NEEDED: Final = (
    "pykka", "simpy", "msgspec", "numpy", "pyarrow", "pandas", "matplotlib", "jinja2", "click",
    "rich", "pydantic",
)  # fmt: skip
_MEMORY_WANTED: Final = 2**30
_OLDEST_PYTHON: Final = (3, 11)


class Finding(NamedTuple):
    """One thing looked at: what, how it is, and whether that will do."""

    what: str
    how: str
    good: bool = True


@click.command(
    cls=ExampleCommand,
    examples="""
    openoutcry doctor
    """,
)
@out_option()
def doctor(out: Path) -> None:
    """Check the installation and the machine. Exit status: 0 fit, 2 something is missing."""
    findings = list(_examine(out))
    for finding in findings:
        mark = "ok" if finding.good else "NOT OK"
        click.echo(f"{mark:<7} {finding.what:<12} {finding.how}")
    good = all(finding.good for finding in findings)
    click.get_current_context().exit(ExitCode.GOOD if good else ExitCode.BAD_INPUT)


def own_version() -> str:
    """Return the version of Open Outcry, as installed."""
    try:
        return version("openoutcry")
    except PackageNotFoundError:
        return "not installed (a checkout)"


def _examine(out: Path) -> Iterator[Finding]:
    yield Finding("openoutcry", own_version())
    python = f"{platform.python_version()} at {sys.executable}"
    yield Finding("python", python, sys.version_info[:2] >= _OLDEST_PYTHON)
    # Had another package one of our names, the launcher would have said so and ended.
    yield Finding("packages", f"in {Path(scenarios.__file__).resolve().parent.parent}")
    yield from map(_installed, _NEEDED)
    yield Finding("cores", str(os.cpu_count()))
    yield _memory()
    yield _writable(out)
    terminal = "yes" if sys.stderr.isatty() else "no: no progress bar"
    yield Finding("terminal", terminal + (", NO_COLOR" if os.environ.get("NO_COLOR") else ""))


def _installed(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "missing; install openoutcry again", good=False)


def _memory() -> Finding:
    try:
        available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return Finding("memory", "unknown on this system")
    how = f"{available / 2**30:.1f} GiB free; trading-day wants 1 GiB"
    return Finding("memory", how, available >= _MEMORY_WANTED)


def _writable(out: Path) -> Finding:
    """Look at the nearest folder that exists, so that nothing is made by looking."""
    existing = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding("runs", f"can be written to {out}")
    return Finding("runs", f"{existing} cannot be written to; choose --out DIR", good=False)
