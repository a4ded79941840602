"""Reads the fenced blocks of a page of the documentation, and runs them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = "```"
NOT_RUN = "no-run"

_PATIENCE_S = 300  # on a machine that others keep busy
_STATUS = re.compile(r"# ends with (\d+)")
_FRAGMENT_OF = 'extends = "quiet-minute"\n'


class Block(NamedTuple):
    """A fenced block.

    Attributes:
        line: Of its first line within the page, from 1.
        kind: The first word behind the fence, such as `python`.
        mark: The rest, such as `no-run: takes minutes`.
        lines: Its contents.
    """

    line: int
    kind: str
    mark: str
    lines: list[str]

    @property
    def runs(self) -> bool:
        """Whether nobody has said that it must not."""
        return not self.mark.startswith(NOT_RUN)

    @property
    def text(self) -> str:
        """Its contents as a file."""
        return "\n".join(self.lines) + "\n"


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found: list[Block] = []
    is_inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(FENCE):
            is_inside = not is_inside
            if is_inside:
                kind, _, mark = line.removeprefix(FENCE).strip().partition(" ")
                found.append(Block(number + 1, kind, mark, []))
        elif is_inside:
            found[-1].lines.append(line)
    return found


def to_run(text: str, kind: str) -> list[Block]:
    """Return the blocks of a kind that are to be run."""
    return [block for block in blocks(text) if block.kind == kind and block.runs]


def as_program(text: str) -> str:
    """Return the Python blocks of a page as one program, each line where it is on the page."""
    lines = [""] * len(text.splitlines())
    for block in to_run(text, "python"):
        lines[block.line - 1 : block.line - 1 + len(block.lines)] = block.lines
    return "\n".join(lines) + "\n"


def shown_output(text: str) -> str:
    """Return what a page says that its Python blocks print."""
    return "".join(block.text for block in blocks(text) if block.kind == "output")


def as_scenario(block: Block) -> str:
    """Return a scenario with the contents of a block: itself, or as a change to a small one."""
    is_whole = any(line.startswith(("description", "extends")) for line in block.lines)
    return block.text if is_whole else _FRAGMENT_OF + block.text


def commands(block: Block) -> Iterator[str]:
    """Yield what is typed at the prompts of a console block."""
    yield from (line[2:] for line in block.lines if line.startswith("$ "))


def status_of(command: str) -> int:
    """Return the status that a command is said to end with."""
    said = _STATUS.search(command)
    return int(said[1]) if said else 0


def words_of(command: str) -> Iterator[list[str]]:
    """Yield the words of each command of a line, without its comment."""
    words: list[str] = []
    for word in [*shlex.split(command, comments=True), "&&"]:
        if word in {"&&", "|", ";"}:
            yield words
            words = []
        else:
            words.append(word)


def run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with `openoutcry` at hand and no browser that could open."""
    tools = folder / ".tools"
    tools.mkdir(exist_ok=True)
    tool = tools / "openoutcry"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scenarios.openoutcry "$@"\n')
    tool.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
        "BROWSER": "true", "NO_COLOR": "1", "COLUMNS": "100",
    }  # fmt: skip
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False,
        timeout=_PATIENCE_S,
    )  # fmt: skip
