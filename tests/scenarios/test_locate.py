"""Places in TOML texts: found where they are, and never a failure."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scenarios.locate import Locator, Path, split_key
from scenarios.toml_text import to_toml

TEXT = """\
seed = 1 # [not.a.table]
"a b".c = 'x # no comment'
note = \"\"\"one
two = 2
\"\"\"

[market]
prices = { kind = "bars", file.name = "a}b" }

[[load]]
stages = [
  { duration = "1m", traget = "5/s" },  # }
  { duration = "2m" } ]
[load.inside]
key = 1

[[load]]
shape = "intraday"

[limits]
"latency.search.p99" = "< 1s"
latency.quote.p50 = "< 1s"
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("seed",), (1, 1), (1, 8)),
        (("a b", "c"), (2, 1), (2, 11)),
        (("note",), (3, 1), (3, 8)),
        (("market",), (7, 1), (7, 1)),
        (("market", "prices"), (8, 1), (8, 10)),
        (("market", "prices", "kind"), (8, 12), (8, 19)),
        (("market", "prices", "file", "name"), (8, 27), (8, 39)),
        (("load", 0), (10, 1), (10, 1)),
        (("load", 0, "stages", 0, "traget"), (12, 22), (12, 31)),
        (("load", 0, "stages", 1), (13, 3), (13, 3)),
        (("load", 0, "inside", "key"), (15, 1), (15, 7)),
        (("load", 1, "shape"), (18, 1), (18, 9)),
        (("limits", "latency.search.p99"), (21, 1), (21, 24)),
        (("limits", "latency.quote.p50"), (22, 1), (22, 21)),
    ],
)
def test_a_key_and_its_value_are_found(
    path: Path, key: tuple[int, int], value: tuple[int, int]
) -> None:
    locator = Locator(TEXT)

    assert (locator.key(path), locator.value(path)) == (key, value)


def test_what_only_looks_like_a_key_is_not_found() -> None:
    locator = Locator(TEXT)

    assert locator.key(("two",)) is None
    assert locator.key(("not",)) is None
    assert locator.key(()) is None


def test_lines_of_windows_are_counted_once() -> None:
    assert Locator("a = 1\r\nb = 2\r\n").key(("b",)) == (2, 1)


def test_a_dotted_key_is_split_from_what_follows() -> None:
    assert split_key('limits."a.b" = 1') == (("limits", "a.b"), " = 1")
    assert split_key("= 1") == ((), "= 1")


def test_a_very_deep_text_is_given_up_in_time() -> None:
    assert list(Locator("a = " + "[{b=" * 50_000).paths())


@given(st.text(alphabet=st.sampled_from("ab.=[]{},\"'# \n\\1-\t"), max_size=60) | st.text())
@example("[")
@example("[[")
@example("a.")
@example('a = {"')
@example("a = '''")
@example("a = [1 2")
def test_no_text_makes_the_locator_fail(text: str) -> None:
    locator = Locator(text)

    for path in locator.paths():
        position = locator.key(path)
        assert position is not None
        assert min(position) >= 1


keys = st.text(alphabet="ab.'\" é", max_size=4)
leaves = st.integers() | st.booleans() | st.text(max_size=5)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)


def leaves_of(value: Any, path: Path) -> list[Path]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves_of(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for n, inner in enumerate(value) for leaf in leaves_of(inner, (*path, n))]
    return [path]


@given(st.dictionaries(keys, values, max_size=4))
def test_every_value_of_a_document_is_found_where_it_stands(document: dict[str, Any]) -> None:
    text = to_toml(document)

    assert tomllib.loads(text) == document
    locator, lines = Locator(text), text.split("\n")
    for path in leaves_of(document, ()):
        position = locator.value(path)
        assert position is not None, path
        assert lines[position[0] - 1][position[1] - 1] in '-0123456789tf"'
