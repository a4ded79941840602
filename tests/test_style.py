"""The limits of style that a machine can check, over every file of the project."""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("actors", "simulation", "reports", "scenarios")
FOLDERS = (*PRODUCT, "tests", "benchmarks")

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_FUNCTION_P90 = 15
LONGEST_FUNCTION_MEDIAN = 6
ABBREVIATIONS = frozenset(
    """
    acct acc amt avg buf calc cfg cnt cust desc dest evt fn func idx lim mgr mkt msg num ord oid
    otype param prc proc px qid qty req resp ret svc sym tid tmp txn usr val
    """.split()  # noqa: SIM905 - as a list it would take forty lines
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lines_with_code(source: str) -> set[int]:
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        line
        for token in tokens
        if token.type not in skipped
        for line in range(token.start[0], token.end[0] + 1)
    }


def function_lengths(source: str) -> dict[str, int]:
    """Return the code lines in the body of each function, without its docstring."""
    with_code = lines_with_code(source)
    return {
        f"{function.name}:{function.lineno}": sum(
            line in with_code for line in range(first_line(function), function.end_lineno + 1)
        )
        for function in functions(ast.parse(source))
        if function.end_lineno is not None
    }


def first_line(function: Function) -> int:
    has_docstring = ast.get_docstring(function) is not None
    docstring_end = function.body[0].end_lineno
    assert docstring_end is not None
    return docstring_end + 1 if has_docstring else function.body[0].lineno


def p90(lengths: list[int]) -> int:
    return sorted(lengths)[int(0.9 * (len(lengths) - 1))]


def abbreviated_names(source: str) -> list[str]:
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, named)]
    return [name for name in names if ABBREVIATIONS.intersection(name.lower().split("_"))]


def missing_at_the_top(source: str) -> list[str]:
    """Return what a file should begin with and does not."""
    tree = ast.parse(source)
    has_future = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
    missing = [] if ast.get_docstring(tree) else ["a docstring"]
    return missing if has_future else [*missing, "from __future__ import annotations"]


@pytest.mark.parametrize("path", files(*FOLDERS), ids=relative)
def test_a_file_is_short_and_says_what_it_is(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert missing_at_the_top(source) == []
    assert source.count("\n") <= LONGEST_FILE


@pytest.mark.parametrize("path", files(*FOLDERS), ids=relative)
def test_a_file_has_no_long_function_and_no_abbreviated_name(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    lengths = function_lengths(source)
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}
    assert abbreviated_names(source) == []


def test_most_functions_are_very_short() -> None:
    lengths = [
        length
        for path in files(*PRODUCT)
        for length in function_lengths(path.read_text(encoding="utf-8")).values()
    ]

    assert statistics.median(lengths) <= LONGEST_FUNCTION_MEDIAN
    assert p90(lengths) <= LONGEST_FUNCTION_P90


def test_a_long_function_is_measured_without_its_docstring_blanks_and_comments() -> None:
    body = "\n".join(f"    x = {n}\n    # why\n" for n in range(41))
    source = f'def long():\n    """Say it.\n\n    At length.\n    """\n{body}'

    assert function_lengths(source) == {"long:1": 41}


def test_a_statement_over_several_lines_counts_with_all_of_them() -> None:
    assert function_lengths("def f():\n    return [\n        1,\n        2,\n    ]\n") == {"f:1": 4}


def test_the_ninetieth_percentile_sees_the_tail() -> None:
    assert p90([1] * 8 + [50, 50]) == 50


def test_a_file_without_docstring_or_future_import_is_found() -> None:
    assert missing_at_the_top("import os\n") == [
        "a docstring",
        "from __future__ import annotations",
    ]


def test_an_abbreviated_name_is_found() -> None:
    assert abbreviated_names("def get_qty(): ...\nclass Msg: ...\ndef quantity(): ...") == [
        "get_qty",
        "Msg",
    ]
