"""What is installed has no way to plant a bug: no file, no name, no key, option or variable."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from planted.table import TABLE
from scenarios.cli import openoutcry
from scenarios.models.scenario import Scenario
from simulation.explore import REAL, Cast

ROOT = Path(__file__).parents[2]
PACKAGES = ("actors", "simulation", "reports", "scenarios")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def named(tree: ast.AST) -> set[str]:
    """Return every name, attribute and text in a piece of code."""
    return {
        str(word)
        for node in ast.walk(tree)
        for word in (
            getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "value", None)
        )
        if isinstance(word, str)
    }  # fmt: skip


def calls_of(tree: ast.AST, name: str) -> int:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return sum(getattr(call.func, "id", None) == name for call in calls)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_no_planted_bug(wheel: zipfile.ZipFile) -> None:
    sources = [wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".py")]

    assert len(sources) > 50
    assert not [name for name in wheel.namelist() if "planted" in name or "tests" in name]
    for bug in TABLE:
        assert not any(bug.planted.__name__ in source for source in sources), bug.name


def test_only_the_default_cast_is_ever_made() -> None:
    made = {str(path): calls_of(tree, "Cast") for path, tree in trees()}

    assert {path: count for path, count in made.items() if count} == {
        "simulation/explore/cast.py": 1
    }
    assert Cast() == REAL


def test_nobody_outside_of_the_explorer_hands_over_a_cast() -> None:
    for path, tree in trees():
        if path.parts[:2] != ("simulation", "explore"):
            assert not named(tree) & {"Cast", "REAL"}, path


def test_the_explorer_asks_the_environment_for_its_path_only_and_imports_nothing_by_name() -> None:
    forbidden = {"getenv", "import_module", "__import__", "exec", "eval", "find_spec"}
    for path, tree in trees():
        if path.parts[:2] == ("simulation", "explore"):
            assert not named(tree) & forbidden, path
            assert set(asked_of_environment(tree)) <= {"'PYTHONPATH'"}, path


def asked_of_environment(tree: ast.AST) -> Iterator[str]:
    """Yield what `os.environ` is asked for; handing all of it to a child process asks nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield ast.unparse(node.slice)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("os.environ."):
            yield ast.unparse(node.args[0])


def test_a_look_into_the_environment_is_found() -> None:
    for look in ("os.environ['CAST']", "os.environ.get('CAST')", "os.environ.pop('CAST', None)"):
        assert list(asked_of_environment(ast.parse(look))) == ["'CAST'"]
    assert not list(asked_of_environment(ast.parse("child = {**os.environ}")))


def test_no_option_of_the_command_line_names_a_player() -> None:
    options = {parameter.name for command in commands(openoutcry) for parameter in command.params}

    assert len(options) > 5
    assert not {option for option in options if option and is_of_a_player(option)}


def commands(group: click.Command) -> Iterator[click.Command]:
    yield group
    for command in getattr(group, "commands", {}).values():
        yield from commands(command)


def is_of_a_player(word: str) -> bool:
    return word == "cast" or any(part in word for part in ("mutant", "planted", "_class", "plugin"))


def test_no_key_of_a_scenario_names_a_player() -> None:
    keys = set(keys_of(Scenario.model_json_schema()))

    assert len(keys) > 20
    assert not {key for key in keys if is_of_a_player(key)}


def keys_of(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from keys_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys_of(inner)
