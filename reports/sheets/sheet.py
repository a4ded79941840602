"""A table of a report as values with their text: the page shows the text, a CSV file the value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from reports import format as shown_as
from simulation.metric_names import unit_of

Facts = Mapping[str, Any]
State = Literal["", "good", "bad", "open"]

_UNITS = {"per_second": "per second", "money": "1/10,000 USD"}
_STATES: Mapping[str, State] = {"✓": "good", "✗": "bad", "?": "open", "!": "open"}


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: Its heading on the page.
        unit: Of its values, for the heading in a file; empty for words and plain numbers.
        is_text: It is set from the left, and takes a line of its own on narrow screens.
    """

    title: str
    unit: str = ""
    is_text: bool = False


class Cell(NamedTuple):
    """A value, and how people read it.

    Attributes:
        value: None where there is none.
        text: Such as `12.3 ms`.
        state: What it says about the run, beside the words.
        note: What is to be known about it.
    """

    value: float | str | None
    text: str
    state: State = ""
    note: str = ""


class Sheet(NamedTuple):
    """A table.

    Attributes:
        name: Of its file, and of its place on the page.
        caption: What it shows.
        columns: The first names the rows.
        rows: Their cells, one for each column.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def word(text: str) -> Cell:
    """Return a cell that holds a name."""
    return Cell(text, text)


def number(value: float | None) -> Cell:
    """Return a cell that holds a whole number."""
    return Cell(value, shown_as.count(value))


def seconds(value: float | None) -> Cell:
    """Return a cell that holds a time."""
    return Cell(value, shown_as.duration(value))


def outcome(text: str, note: str = "") -> Cell:
    """Return a cell that says how something came out: a sign and words."""
    return Cell(text.partition(" ")[2], text, _STATES[text[0]], note)


def metric(facts: Facts, name: str) -> Cell:
    """Return a cell that holds a metric; an empty one where too few values stand behind it."""
    hidden = name in facts["undersampled"]
    value = None if hidden else facts["metrics"].get(name)
    return Cell(value, shown_as.metric(name, value))


def unit_in_words(name: str) -> str:
    """Return the unit of a metric as headings write it."""
    unit = unit_of(name) or ""
    return _UNITS.get(unit, unit)


def metric_column(title: str, name: str) -> Column:
    """Return the column of a metric that `name` is an example of."""
    return Column(title, unit_in_words(name))
