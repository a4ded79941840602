"""Every way a command can end badly, each with its one line and its exit status."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from scenarios.cli.exit_codes import ExitCode
from scenarios.errors import is_bad_input

_RUN_FOLDER: Final = "scenarios.cli.run_folder"


class GuardedGroup(click.Group):
    """A group of commands that never lets a traceback through."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Run the command line and end the process."""
        with _quiet_pipes():
            return super().main(*arguments, **settings)

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Read the command line, which may print a help."""
        with _quiet_pipes():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and turn what it raises into a line and an exit status."""
        with _quiet_pipes():
            return self._invoke_guarded(ctx)

    def _invoke_guarded(self, ctx: click.Context) -> Any:
        try:
            _take_interrupts()
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            complain(_interrupted(ctx))
            ctx.exit(ExitCode.INTERRUPTED)
        except Exception as error:
            if is_bad_input(error):
                complain(str(error))
                ctx.exit(ExitCode.BAD_INPUT)
            complain(_bug(error, ctx))
            ctx.exit(ExitCode.BUG)


@contextmanager
def _quiet_pipes() -> Iterator[None]:
    """End quietly where nobody reads the output, with the status of a tool that SIGPIPE kills.

    click and rich would end with 1, which stands for a bug here.
    """
    try:
        yield
    except (BrokenPipeError, SystemExit) as end:
        if not any(isinstance(one, BrokenPipeError) for one in (end, end.__context__)):
            raise
        _forget_output()
        raise SystemExit(ExitCode.NOBODY_READS) from None


def _forget_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's end does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())


def _take_interrupts() -> None:
    """Let Ctrl-C raise from now on: until here, the launcher ends the process at once."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def complain(text: str) -> None:
    """Write an error to stderr, in red on a terminal unless NO_COLOR is set."""
    click.secho(text, fg="red", err=True, color=False if os.environ.get("NO_COLOR") else None)


def remember_run_folder(path: Path) -> None:
    """Let errors from now on name the folder of the run."""
    click.get_current_context().meta[_RUN_FOLDER] = path


def forget_run_folder() -> None:
    """The folder is gone: nothing was run."""
    click.get_current_context().meta.pop(_RUN_FOLDER, None)


def _interrupted(ctx: click.Context) -> str:
    folder = ctx.meta.get(_RUN_FOLDER)
    return f"interrupted; the partial run is in {folder}" if folder else "interrupted"


def _bug(error: Exception, ctx: click.Context) -> str:
    what = " ".join(f"{type(error).__name__}: {error}".split())
    file = _write_traceback(error, ctx.meta.get(_RUN_FOLDER))
    return f"this is a bug in Open Outcry: {what}; traceback written to {file}"


def _write_traceback(error: Exception, folder: Path | None) -> str:
    text = f"{' '.join(sys.argv)}\n\n{''.join(traceback.format_exception(error))}"
    try:
        if folder is None or not folder.is_dir():
            folder = Path(tempfile.mkdtemp(prefix="openoutcry-"))
        file = folder / "traceback.txt"
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        return f"nowhere ({problem.strerror})"
    return str(file)
