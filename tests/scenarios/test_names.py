"""Scenarios whose names have letters beyond those of English."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from scenarios.loader import resolve

ROOT = Path(__file__).parents[2]
SMALL = 'extends = "quiet-minute"\n[users]\ncount = 20\n'


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("rush_hour 2.toml", "rush-hour-2"),
        ("Größe.toml", "Größe"),
        (unicodedata.normalize("NFD", "Größe.toml"), "Größe"),
        ("取引 (東京).toml", "取引-東京"),
        ("नमस्ते.toml", "नमस्ते"),
        ("-- &.toml", "scenario"),
    ],
)
def test_a_name_keeps_the_letters_of_its_file(file: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_text(SMALL, encoding="utf-8")

    assert resolve(str(path)).plan.name == name


def test_a_name_is_written_whole_in_folders_and_spelt_out_where_output_has_no_such_letters(
    tmp_path: Path,
) -> None:
    (tmp_path / "Größe.toml").write_text(SMALL, encoding="utf-8")

    def call(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "scenarios.openoutcry", *words], cwd=tmp_path, check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
            capture_output=True, text=True,
        ).stdout  # fmt: skip

    call("run", "Größe.toml", "--quiet")
    page = call("trend", "Größe")
    (folder,) = (tmp_path / "runs").glob("2*")
    assert folder.name.split("-")[1] == "Größe"
    assert json.loads((folder / "run.json").read_text("utf-8"))["scenario"] == "Größe"
    assert r"runs/trend-Gr\xf6\xdfe.html" in page
    assert (tmp_path / "runs" / "trend-Größe.html").is_file()
