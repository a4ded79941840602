"""The directive `columns`: a section for each recorded table, from the schemas themselves.

The build fails where a table has no sentence or a column no meaning.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, ClassVar

import pyarrow as pa
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from reports.columns import COLUMNS, DERIVED, Column
from simulation import records

_ABOVE_A_TABLE = re.compile(r"((?: +# .*\n)+) +\"(\w+)\": _schema\(")


class Columns(SphinxDirective):
    """Shows every table of a run with its columns."""

    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return a section for each table."""
        try:
            text = "\n".join(as_markdown())
        except KeyError as error:
            raise self.error(f"not documented: {error}") from error
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def as_markdown() -> Iterator[str]:
    """Yield the lines of the page.

    Raises:
        KeyError: A table or a column is not documented.
    """
    told = sentences()
    for table, schema in records.SCHEMAS.items():
        yield from (f"## {table}", "", told[table], "")
        yield from ("| column | type | unit | meaning |", "|---|---|---|---|")
        for field in schema:
            yield _row(field.name, _kind(field.type), COLUMNS[table][field.name])
        for name, column in DERIVED.get(table, {}).items():
            yield _row(name, "derived", column)
        yield ""


def sentences() -> dict[str, str]:
    """Return what a row of each table stands for: the comment above its schema."""
    source = inspect.getsource(records)
    return {
        table: " ".join(line.strip(" #") for line in comment.splitlines())
        for comment, table in _ABOVE_A_TABLE.findall(source)
    }


def _row(name: str, kind: str, column: Column) -> str:
    meaning = column.meaning.replace("[", "\\[")
    return f"| `{name}` | {kind} | {column.unit or '-'} | {meaning} |"


def _kind(kind: pa.DataType) -> str:
    return "text" if pa.types.is_dictionary(kind) or pa.types.is_string(kind) else str(kind)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("columns", Columns)
    return {"parallel_read_safe": True}
