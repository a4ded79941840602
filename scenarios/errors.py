"""Errors whose cause is what somebody gave us, never a bug of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_OUR_PACKAGES: Final = {"actors", "simulation", "reports", "scenarios"}


class InputError(ValueError):
    """What was given cannot be used; the text says what, where, and what would be right."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a scenario.

    Attributes:
        where: `FILE:LINE:COLUMN`, `FILE`, or the command line option.
        path: The dotted path of the key, empty when the whole file is meant.
        what: What is wrong and what would be right.
    """

    where: str
    path: str
    what: str

    def __str__(self) -> str:
        """Return the mistake in one line; an option that names its path says it once."""
        option = self.where.removeprefix("--set ").removeprefix("--")
        place = [self.where] if self.path in {"", option} else [self.where, self.path]
        return ": ".join([*place, self.what])


class ScenarioError(InputError):
    """A scenario that cannot be run, with every mistake found in it."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


def is_bad_input(error: BaseException) -> bool:
    """Tell whether an error blames what was given: a `ValueError` class of our own packages.

    A plain `ValueError`, or one of a library, is a bug of ours: we should have looked first.
    """
    package = type(error).__module__.partition(".")[0]
    return isinstance(error, ValueError) and package in _OUR_PACKAGES


def in_one_family(function: Callable[P, T]) -> Callable[P, T]:
    """Let every error that blames what was given be an `InputError` of the same text."""

    @wraps(function)
    def checked(*arguments: P.args, **options: P.kwargs) -> T:
        try:
            return function(*arguments, **options)
        except ValueError as error:
            if isinstance(error, InputError) or not is_bad_input(error):
                raise
            raise InputError(str(error)) from error

    return checked
