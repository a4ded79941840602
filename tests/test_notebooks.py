"""The notebooks run from top to bottom, as a reader would run them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

jupytext: Any = pytest.importorskip("jupytext", reason="jupytext is not installed")
nbclient: Any = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
LONGEST_S = 300  # on a busy machine; a quiet one needs a tenth


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_and_draws(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = jupytext.read(path)

    nbclient.NotebookClient(
        notebook, timeout=LONGEST_S, kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()  # fmt: skip

    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    if folder := os.environ.get("OPENOUTCRY_NOTEBOOKS"):  # to look at
        jupytext.write(notebook, Path(folder) / f"{path.stem}.ipynb")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_what_it_is_about(path: Path) -> None:
    first = jupytext.read(path).cells[0]

    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert len(first.source.split()) > 30
