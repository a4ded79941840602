"""A scenario file to spoil, and a way to see what is said about it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "reports"))  # figures are judged as there

from good_scenario import GOOD

from scenarios.errors import ScenarioError
from scenarios.loader import resolve

Refused = Callable[..., list[str]]
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write the good scenario with some of its text replaced, and give its path."""

    def write(*replacements: tuple[str, str], name: str = "rush.toml", text: str = GOOD) -> Path:
        for old, new in replacements:
            assert text.count(old) == 1, f"the test means one {old!r}"
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def refused(written: Written, tmp_path: Path) -> Refused:
    """Give the mistakes in such a scenario, without the folder's path."""

    def mistakes(*replacements: tuple[str, str], sets: tuple[str, ...] = ()) -> list[str]:
        path = written(*replacements)
        with pytest.raises(ScenarioError) as caught:
            resolve(str(path), sets)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return mistakes
