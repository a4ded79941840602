"""The pages on scenarios and notebooks hold: their examples run, their table is up to date."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from pages import ROOT, to_run

from scenarios.loader import resolve
from scenarios.reference import HEADING, reference

mpl.use("Agg")

DOCS = ROOT / "docs"


def texts(page: str, kind: str) -> list[str]:
    return [block.text for block in to_run((DOCS / page).read_text(encoding="utf-8"), kind)]


def test_the_examples_of_the_notebook_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install 'openoutcry[sql]'")
    monkeypatch.chdir(tmp_path)
    code = "\n".join(texts("notebook.md", "python"))

    exec(compile(code, "docs/notebook.md", "exec"), {})

    assert (tmp_path / "report.html").is_file()


def test_the_example_of_a_scenario_can_be_run(tmp_path: Path) -> None:
    (example,) = texts("scenarios.md", "toml")
    file = tmp_path / "comeback.toml"
    file.write_text(example, encoding="utf-8")

    assert resolve(str(file)).plan.users.count == 200


def test_the_table_of_keys_is_that_of_the_schema() -> None:
    page = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    after = page.partition(HEADING)[2]

    assert after.endswith(reference()), "write it again: python -m scenarios.reference"
