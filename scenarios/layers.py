"""What a scenario is made of: its file, the file it extends, and command line options."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from scenarios import locate
from scenarios.errors import Mistake, ScenarioError
from scenarios.units import shown

LARGEST_FILE_BYTES: Final = 1_048_576
_TOML_POSITION: Final = re.compile(r" \((?:at line (\d+), column (\d+)|at end of document)\)$")


class Layer(Protocol):
    """Where keys come from."""

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""

    def where(self, path: locate.Path, *, key: bool) -> str:
        """Return the place of the value at `path`, or of its key, for an error."""


@dataclass(frozen=True)
class FileLayer:
    """A scenario file that has been read."""

    path: Path
    text: str
    document: dict[str, Any] = field(repr=False)

    @property
    def folder(self) -> Path:
        """The folder of the file."""
        return self.path.parent

    @cached_property
    def _locator(self) -> locate.Locator:
        return locate.Locator(self.text)

    def where(self, path: locate.Path, *, key: bool) -> str:
        """Return `FILE:LINE:COLUMN` of the nearest key around `path` that the file has."""
        for length in range(len(path), 0, -1):
            place = self._locator.key if key or length < len(path) else self._locator.value
            if position := place(path[:length]):
                return f"{self.path}:{position[0]}:{position[1]}"
        return f"{self.path}:1:1"


@dataclass(frozen=True)
class OptionLayer:
    """One option of the command line that sets a key, such as `--set market.symbols=10`.

    A cell of a matrix is laid over its scenario in the same way; its option is the place where
    the value is written, and its folder that of the file.
    """

    option: str
    path: tuple[str, ...]
    value: Any
    folder: Path = Path()

    def where(self, path: locate.Path, *, key: bool) -> str:
        """Return the option itself."""
        return self.option


def read_layer(path: Path) -> FileLayer:
    """Return the scenario file at `path`.

    Raises:
        ScenarioError: It cannot be read, or is not TOML; the error says where.
    """
    text = _read_text(path)
    try:
        return FileLayer(path, text, tomllib.loads(text))
    except ValueError as error:
        raise _syntax_error(path, text, error) from None
    except RecursionError:
        raise _refusal(path, "its values are nested too deeply") from None


def read_override(given: str) -> OptionLayer:
    """Return the layer of `--set KEY=VALUE`.

    VALUE is a TOML value where it can be read as one, else it is text.

    Raises:
        ScenarioError: There is no key, or no `=` after it.
    """
    path, rest = locate.split_key(given.strip())
    sign, value = rest.lstrip(" \t")[:1], rest.lstrip(" \t")[1:].strip()
    if not path or sign != "=":
        what = f"KEY=VALUE with a dotted key is meant, like market.symbols=10, not {shown(given)}"
        raise ScenarioError([Mistake("--set", "", what)])
    if path == ("extends",):
        what = "only a file can extend another; write a file with this line"
        raise ScenarioError([Mistake("--set extends", "extends", what)])
    return OptionLayer(f"--set {locate.dotted(path)}", path, _value_or_text(value))


def _value_or_text(text: str) -> Any:
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = document["value"]
    is_plain = isinstance(value, str | bool | int | float | list | dict) and len(document) == 1
    return value if is_plain else text


def _read_text(path: Path) -> str:
    try:
        if path.is_dir():
            raise _refusal(path, "this is a folder; a scenario is a TOML file")
        if path.exists() and not path.is_file():
            raise _refusal(path, "this is not a regular file; a scenario is a TOML file")
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise _refusal(path, "larger than 1 MiB; this cannot be a scenario")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is not UTF-8; a scenario is UTF-8 text"
        raise _refusal(path, what) from None
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _refusal(path, f"cannot be read: {reason}") from None


def _refusal(path: Path, what: str) -> ScenarioError:
    return ScenarioError([Mistake(str(path), "", what)])


def _syntax_error(path: Path, text: str, error: ValueError) -> ScenarioError:
    message = str(error)
    position = _TOML_POSITION.search(message)
    if position is None:  # tomllib lets a few errors of int() and the like through
        return ScenarioError([Mistake(f"{path}:1:1", "", f"not TOML: {message}")])
    lines = text.replace("\r\n", "\n").split("\n")
    line, column = position.groups()
    where = f"{line}:{column}" if line else f"{len(lines)}:{len(lines[-1]) + 1}"
    what = message[: position.start()]
    return ScenarioError([Mistake(f"{path}:{where}", "", f"not TOML: {what}")])
