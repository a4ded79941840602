"""The pages of documentation hold: their examples run, and their tables are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import pytest

from scenarios.loader import resolve
from scenarios.reference import HEADING, reference

mpl.use("Agg")

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_notebook_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb", reason="DuckDB is not installed: pip install 'openoutcry[sql]'")
    monkeypatch.chdir(tmp_path)
    code = "\n".join(blocks("notebook.md", "python"))

    exec(compile(code, "docs/notebook.md", "exec"), {})

    assert (tmp_path / "report.html").is_file()


def test_the_example_of_a_scenario_can_be_run(tmp_path: Path) -> None:
    (example,) = blocks("scenarios.md", "toml")
    file = tmp_path / "comeback.toml"
    file.write_text(example, encoding="utf-8")

    assert resolve(str(file)).plan.users.count == 200


def test_the_table_of_keys_is_that_of_the_schema() -> None:
    page = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    after = page.partition(HEADING)[2]

    assert after.endswith(reference()), "write it again: python -m scenarios.reference"
