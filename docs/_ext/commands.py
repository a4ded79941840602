"""Shows defaults of options as they are typed."""

from __future__ import annotations

import re

import click
from sphinx.application import Sphinx

_PATH = re.compile(r"(?:Posix|Windows)Path\('([^']*)'\)")


def as_typed(line: str) -> str:
    """Return a line without the class around a path."""
    return _PATH.sub(r"\1", line)


def _options(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    lines[:] = map(as_typed, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Follow the writing of options."""
    app.setup_extension("sphinx_click")
    app.connect("sphinx-click-process-options", _options)
    return {"parallel_read_safe": True}
