"""What README.md and the pages under docs/ show is so: their blocks run."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from pages import (
    PAGES,
    ROOT,
    Block,
    as_program,
    as_scenario,
    blocks,
    commands,
    run,
    shown_output,
    status_of,
    to_run,
    words_of,
)

from scenarios.cli import openoutcry

KINDS = {"python", "console", "toml"}
MOST_NOT_RUN = 0.25  # of the blocks that could run
TESTED_BY_ITS_OWN = {
    "experiments.md": "tests/scenarios/test_experiments.py",
    "scenarios.md": "tests/documentation/test_scenarios_and_notebooks.py",
    "notebook.md": "tests/documentation/test_scenarios_and_notebooks.py",
}


def pages_with(*kinds: str) -> list[object]:
    return [
        pytest.param(page, id=page.name)
        for page in PAGES
        if page.name not in TESTED_BY_ITS_OWN
        and any(to_run(page.read_text(encoding="utf-8"), kind) for kind in kinds)
    ]


def failure_of_python(text: str, folder: Path) -> str:
    """Return what goes wrong with the Python blocks of a page; empty if nothing does."""
    program = folder / "page.py"
    program.write_text(as_program(text), encoding="utf-8")
    done = run([sys.executable, "-W", "error", str(program)], folder)
    shown = shown_output(text)
    if done.returncode or done.stderr:
        return done.stderr
    return "" if not shown or done.stdout == shown else f"it printed:\n{done.stdout}"


def failure_of_commands(text: str, folder: Path) -> str:
    """Return what goes wrong with the commands of a page; empty if nothing does."""
    for block in to_run(text, "console"):
        for command in commands(block):
            done = run(["bash", "-c", command], folder)
            if done.returncode != status_of(command) or "Traceback" in done.stderr:
                return f"{command} ended with {done.returncode}\n{done.stderr}"
    return ""


@pytest.mark.parametrize("page", pages_with("console", "python"))
def test_the_commands_of_a_page_and_then_its_python_run(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert failure_of_commands(text, tmp_path) == ""
    assert failure_of_python(text, tmp_path) == ""


@pytest.mark.parametrize("page", pages_with("toml"))
def test_the_scenarios_of_a_page_are_valid(page: Path, tmp_path: Path) -> None:
    found = to_run(page.read_text(encoding="utf-8"), "toml")
    names = [f"line-{block.line}.toml" for block in found]
    for name, block in zip(names, found, strict=True):
        (tmp_path / name).write_text(as_scenario(block), encoding="utf-8")

    done = run(["openoutcry", "validate", *names], tmp_path)

    assert done.returncode == 0, done.stderr


def test_a_page_that_is_left_to_another_test_has_one() -> None:
    for name, test in TESTED_BY_ITS_OWN.items():
        if (ROOT / "docs" / name).is_file():
            assert name in (ROOT / test).read_text(encoding="utf-8")


def every_block() -> list[tuple[Path, Block]]:
    return [
        (page, block)
        for page in PAGES
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.kind in KINDS
    ]


def test_few_blocks_do_not_run_and_each_says_why() -> None:
    every = every_block()
    not_run = [(page.name, block.line, block.mark) for page, block in every if not block.runs]

    assert [where for *where, mark in not_run if not mark.partition(": ")[2]] == []
    assert len(every) >= 15
    assert len(not_run) <= MOST_NOT_RUN * len(every), not_run


def test_every_command_and_option_that_is_shown_exists() -> None:
    shown = [
        words
        for _, block in every_block()
        if block.kind == "console"
        for command in commands(block)
        for words in words_of(command)
    ]
    for words in shown:
        if words[0] == "openoutcry":
            parse(words[1:])
    programs = [words[1] for words in shown if words[0] == "python" and words[1].endswith(".py")]
    assert [name for name in programs if not (ROOT / name).is_file()] == []


def parse(words: list[str]) -> None:
    """Let click read a command without carrying it out; it raises if that makes no sense."""
    if words[0] not in {"--help", "--version"}:
        command = openoutcry.commands[words[0]]
        command.make_parser(click.Context(command)).parse_args(words[1:])


def with_output(shown: str) -> str:
    return f"```python\nprint(1 + 1)\n```\n\n```output\n{shown}\n```\n"


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        (with_output("2"), True),
        (with_output("3"), False),
        ("```python\n1 / 0\n```\n", False),
        ("```python no-run: it divides by zero\n1 / 0\n```\n", True),
        ("```python\nx = 2\n```\ntext\n```python\nassert x == 2\n```\n", True),
    ],
)
def test_python_that_is_wrong_is_found(text: str, is_right: bool, tmp_path: Path) -> None:
    assert (failure_of_python(text, tmp_path) == "") == is_right


def test_an_error_names_the_line_of_the_page(tmp_path: Path) -> None:
    assert "line 4" in failure_of_python("# Title\n\n```python\n1 / 0\n```\n", tmp_path)


@pytest.mark.parametrize(
    ("command", "is_right"),
    [
        ("true", True),
        ("false", False),
        ("exit 3  # ends with 3", True),
        ("true # ends with 3", False),
    ],
)
def test_a_command_that_ends_otherwise_is_found(
    command: str, is_right: bool, tmp_path: Path
) -> None:
    text = f"```console\n$ {command}\nwhat it shows\n```\n"

    assert (failure_of_commands(text, tmp_path) == "") == is_right


@pytest.mark.parametrize("words", [["runn"], ["run", "--sede", "7"], ["report", "last", "--opne"]])
def test_a_command_or_option_that_is_not_there_is_found(words: list[str]) -> None:
    with pytest.raises((KeyError, click.NoSuchOption)):
        parse(words)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Block(1, "toml", "", ["[users]", "count = 3"]), 'extends = "quiet-minute"\n[users]\n'),
        (Block(1, "toml", "", ['description = "What?"']), 'description = "What?"\n'),
    ],
)
def test_a_fragment_of_a_scenario_changes_a_small_one(block: Block, expected: str) -> None:
    assert as_scenario(block).startswith(expected)
