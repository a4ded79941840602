"""Turns links of the repository into links of the site, so that pages read well in both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

_PAGES: Final = {
    "ARCHITECTURE.md": "architecture.md", "CHANGELOG.md": "changelog.md", "README.md": "index.md",
}  # fmt: skip
_LINK: Final = re.compile(r"\[([^\]\[]*)\]\((?:\.\./|docs/)?([\w-]+\.md)(#[\w-]*)?\)")


def within_the_site(text: str) -> str:
    """Point links to files above `docs/` at the pages that show them."""
    return _LINK.sub(_link, text)


def _link(match: re.Match[str]) -> str:
    shown, file, place = match.groups(default="")
    return f"[{shown}]({_PAGES.get(file, file)}{place})"


def _read(app: Sphinx, name: str, text: list[str]) -> None:
    text[0] = within_the_site(text[0])


def _include(app: Sphinx, file: Path, parent: str, text: list[str]) -> None:
    text[0] = within_the_site(text[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Follow the reading of pages and of what they include."""
    app.connect("source-read", _read)
    app.connect("include-read", _include)
    for name in ("mermaid", "output"):
        app.add_lexer(name, TextLexer)
    return {"parallel_read_safe": True}
