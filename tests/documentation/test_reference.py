"""The reference is whole: public names, columns, invariants; and its helpers notice what is not."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest
from pages import PAGES, ROOT

import actors
from simulation import records
from simulation.audit.findings import TITLES

DOCS = ROOT / "docs"
AUDIT_TESTS = ROOT / "tests" / "simulation" / "audit"
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
INVARIANT = re.compile(r"^\| (A\d\d) \| (.+?) \| .+ \| `([\w.]+)::(\w+)` \|$", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def extension(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import one of the documentation's own extensions; skip where Sphinx is not installed."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(DOCS / "_ext")
    monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(name)


def test_every_public_name_of_the_brokerage_is_in_the_reference() -> None:
    shown = set(re.findall(r"auto(?:class|function|exception):: (\w+)", page("api.md")))

    assert set(actors.__all__) <= shown


@pytest.mark.parametrize(
    "of", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md"], ids=lambda path: path.name
)
def test_every_link_to_a_file_leads_to_one(of: Path) -> None:
    linked = LINK.findall(of.read_text(encoding="utf-8"))

    assert [name for name in linked if not (of.parent / name).exists()] == []


def test_every_invariant_is_explained_and_names_a_test_that_is_there() -> None:
    rows = INVARIANT.findall(page("audit.md"))

    assert {name: title for name, title, _, _ in rows} == TITLES
    for _, _, file, test in rows:
        assert f"def {test}(" in (AUDIT_TESTS / file).read_text(encoding="utf-8")


def test_every_table_and_column_of_a_run_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = extension("columns", monkeypatch)

    text = "\n".join(columns.as_markdown())

    assert set(columns.sentences()) == set(records.SCHEMAS)
    for table, schema in records.SCHEMAS.items():
        assert f"## {table}" in text
        assert [name for name in schema.names if f"| `{name}` |" not in text] == []


def test_a_column_or_a_table_without_a_meaning_breaks_the_build(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = extension("columns", monkeypatch)
    schema = records.SCHEMAS["queues"].append(pa.field("mood", pa.int64()))
    monkeypatch.setitem(records.SCHEMAS, "queues", schema)

    with pytest.raises(KeyError, match="mood"):
        list(columns.as_markdown())

    monkeypatch.setitem(records.SCHEMAS, "moods", schema)
    monkeypatch.delitem(records.SCHEMAS, "queues")
    with pytest.raises(KeyError, match="moods"):
        list(columns.as_markdown())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](../ARCHITECTURE.md#measured)", "[a](architecture.md#measured)"),
        ("[a](docs/metrics.md)", "[a](metrics.md)"),
        ("[a](metrics.md)", "[a](metrics.md)"),
        ("[a](https://example.com/x.md)", "[a](https://example.com/x.md)"),
    ],
)
def test_a_link_of_the_repository_leads_to_the_page_of_the_site(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert extension("links", monkeypatch).within_the_site(text) == expected


def test_the_bars_that_were_missed_are_those_of_the_architecture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured = extension("measured", monkeypatch)
    text = "| a | 1 s | 2 s, met | `x` |\n| b | 3 s | 2 s, **missed** | `y` |\n"

    assert list(measured.missed(text)) == ["| b | 3 s | 2 s, **missed** |"]
    assert list(measured.missed((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")))


def test_each_cell_of_a_table_is_told_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = extension("tables", monkeypatch)
    text = "<table><thead><tr><th>id</th></tr></thead><tbody><tr><td>7</td></tr></tbody></table>"

    assert '<td data-label="id">7</td>' in tables.labelled(text)
    assert tables.labelled("<p>none</p>") == "<p>none</p>"


def test_fenced_code_of_a_docstring_becomes_a_directive(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Say it.\n\n```python\nx = 1\n```\n\nMore."

    shown = extension("docstrings", monkeypatch).as_restructured(text)

    assert shown == "Say it.\n\n.. code-block:: python\n\n   x = 1\n\n\nMore."
