"""Gives each cell of a table the name of its column, so that narrow screens can show it below."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag
from docutils.nodes import document
from sphinx.application import Sphinx


def labelled(body: str) -> str:
    """Return a page's HTML with `data-label` on the cells of every table that has a head."""
    if "<table" not in body:
        return body
    page = BeautifulSoup(body, "html.parser")
    for table in page.find_all("table"):
        _label(table)
    return str(page)


def _label(table: Tag) -> None:
    names = [cell.get_text(" ", strip=True) for cell in table.select("thead th")]
    for row in table.select("tbody tr"):
        for name, cell in zip(names, row.find_all("td"), strict=False):
            cell["data-label"] = name


def _context(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: document | None
) -> None:
    context["body"] = labelled(context.get("body", ""))


def setup(app: Sphinx) -> dict[str, bool]:
    """Follow the writing of pages, before the theme does."""
    app.connect("html-page-context", _context, priority=100)
    return {"parallel_read_safe": True}
