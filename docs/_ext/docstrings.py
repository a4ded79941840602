"""Lets docstrings show code in Markdown's fences, which reStructuredText does not know."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def as_restructured(text: str) -> str:
    """Return a docstring with its fenced blocks as directives."""
    return _FENCED.sub(_directive, text)


def _directive(match: re.Match[str]) -> str:
    indent, language, code = match.groups()
    body = "".join(f"   {line}" if line.strip() else line for line in code.splitlines(True))
    return f"{indent}.. code-block:: {language or 'text'}\n\n{body}"


def _process(
    app: Sphinx, what: str, name: str, of: object, options: object, lines: list[str]
) -> None:
    lines[:] = as_restructured("\n".join(lines)).split("\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Follow the reading of docstrings."""
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True}
