"""The commands and the Python of the page on experiments do what the page says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenarios.cli import openoutcry
from scenarios.loader import bundled

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def commands() -> Iterator[tuple[str, list[str], int]]:
    """Yield the heading that a command stands below, its words, and the status it ends with."""
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE):
        for block in re.findall(r"^```console\n(.*?)^```", section, re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                status = re.search(r"# ends with (\d+)", line)
                words = shlex.split(line.partition(" # ")[0].removeprefix("$ "))
                yield section.splitlines()[0], words, int(status[1]) if status else 0


@pytest.mark.parametrize("heading", dict.fromkeys(heading for heading, _, _ in commands()))
def test_the_commands_of_a_section_end_as_it_says(
    heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    for own, words, status in commands():
        if own == heading:
            result = CliRunner().invoke(openoutcry, words[1:])
            assert result.exit_code == status, f"{words}\n{result.output}"


def test_the_page_shows_the_matrix_of_the_bundled_scenario() -> None:
    (shown,) = [block for block in blocks("toml") if "[matrix]" in block]

    given = tomllib.loads(bundled()["sizing"].read_text("utf-8"))
    assert tomllib.loads(shown)["matrix"] == given["matrix"]


def test_the_python_of_the_page_runs_in_a_script_without_a_guard(tmp_path: Path) -> None:
    (shown,) = blocks("python")
    script = tmp_path / "experiment.py"
    script.write_text(
        f"{shown}\nprint(repr(base))\nprint(len(cells), 'passed' in base._repr_html_())\n",
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("<Replicated quiet-minute  seed 1  2 replications: ✓ passed>\n2 True\n")
