"""Logs of commands in files: JSON, a line for a command and one for each thing it became."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from actors.commands.entries import Entries, Entry, Line
from actors.runtimes.journal import JournalError

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


def read_log(path: str | os.PathLike[str]) -> list[Entry]:
    """Return the entries of a log that was saved, or of a trail that was kept beside a journal.

    Raises:
        JournalError: It cannot be read, or a line of it is damaged.
    """
    entries = Entries()
    for line in lines_of(Path(path)):
        entries.take(line)
    return list(entries.by_number.values())


def write_log(path: str | os.PathLike[str], entries: Iterable[Entry]) -> None:
    """Write entries to a file, in place of what it held.

    Raises:
        JournalError: It cannot be written.
    """
    try:
        Path(path).write_bytes(b"".join(_encode(entry) + b"\n" for entry in entries))
    except OSError as error:
        raise JournalError(f"{path}: cannot be written: {error.strerror}") from error


def lines_of(path: Path) -> Iterator[Line]:
    """Yield the lines of a log; what a crash has cut off at the end is left out.

    Raises:
        JournalError: It cannot be read, or a line of it is damaged.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for line in file:
                number += 1
                if not line.endswith(b"\n"):
                    return
                yield _decode(line)
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise JournalError(
            f"{path}:{number}: damaged: {error}; move the file away, and a new log begins"
        ) from error


class LogFile:
    """A log that grows by a line at a time.

    A line is with the operating system before its command is sent, so that a process that is
    killed loses none. It is not synced: a power cut may take the last seconds of the log, and
    never anything of the journal.

    Args:
        path: The file, made when the first line is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._broken: JournalError | None = None

    def lines(self) -> Iterator[Line]:
        """Yield what was written, now and before."""
        return lines_of(self.path) if self.path.exists() else iter(())

    def mend(self) -> None:
        """Cut off what a crash has left of a line at the end."""
        if not self.path.exists():
            return
        with self._or_broken("r+b") as file:
            file.seek(0, os.SEEK_END)
            end = file.tell()
            file.seek(max(0, end - 2**16))
            tail = file.read()
            file.truncate(end - len(tail) + tail.rfind(b"\n") + 1)

    def write(self, line: Line) -> None:
        """Append a line.

        Raises:
            JournalError: It cannot be written; nothing more will be.
        """
        if self._broken is not None:
            raise self._broken
        if self._file is None:
            self._file = self._or_broken("ab")
        text = _encode(line) + b"\n"
        try:
            written = self._file.write(text)
        except OSError as error:
            self._break(error.strerror or str(error), error)
        if written != len(text):
            self._break("no space left on device")

    def close(self) -> None:
        """Sync what was written, and let go of the file."""
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                os.fsync(file.fileno())

    def _or_broken(self, mode: str) -> BinaryIO:
        try:
            return open(self.path, mode, buffering=0)  # type: ignore[return-value]  # noqa: PTH123
        except OSError as error:
            self._break(error.strerror or str(error), error)
            raise

    def _break(self, why: str, error: OSError | None = None) -> None:
        self._broken = JournalError(f"{self.path}: cannot be written: {why}")
        raise self._broken from error
