"""The floors of the architecture: who may import what, checked over every file."""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("actors", "simulation", "reports", "scenarios")

# What each folder may import besides itself and the standard library. The longest folder that
# a file lies in decides.
ALLOWED: dict[str, set[str]] = {
    "actors.domain": {"msgspec"},
    "actors": {"pykka", "msgspec"},
    "simulation": {"actors", "pykka", "simpy", "numpy", "pyarrow", "msgspec"},
    "reports": {
        "simulation.records", "simulation.metric_names", "simulation.journeys",
        "simulation.histogram",
        "actors.domain.order_query", "duckdb",
        "pandas", "numpy", "pyarrow", "matplotlib", "jinja2", "markupsafe", "rich",
    },
    "scenarios": {"actors", "simulation", "reports", "pydantic", "pydantic_core", "click", "rich",
                  "exchange_calendars", "msgspec", "pandas", "matplotlib", "IPython"},
}  # fmt: skip

# Parts of the standard library that would let chance or the outside world into a floor.
FORBIDDEN: dict[str, set[str]] = {
    "actors.domain": {
        "time", "random", "secrets", "uuid", "os", "io", "pathlib", "socket", "threading",
        "asyncio", "subprocess", "logging",
    },
    "actors": {"random", "secrets", "uuid"},
    "simulation": {"random", "secrets", "uuid"},
    "reports": {"random", "secrets", "uuid", "time"},
    "scenarios": {"random", "secrets", "uuid"},
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def product_files() -> list[Path]:
    return sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def imported(node: ast.AST, package: str) -> Iterator[str]:
    """Yield what an import statement names; a `from` import once per name."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: -(node.level - 1) or None] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, folder: str) -> bool:
    return name == folder or name.startswith(f"{folder}.")


def forbidden_imports(source: str, module: str) -> list[str]:
    """Return the imports by which a module leaves its floor."""
    floor = max((folder for folder in ALLOWED if within(module, folder)), key=len)
    package = module.rpartition(".")[0]
    names = [name for node in ast.walk(ast.parse(source)) for name in imported(node, package)]
    return [name for name in names if not is_allowed(name, floor)]


def is_allowed(name: str, floor: str) -> bool:
    if any(within(name, folder) for folder in (floor, *ALLOWED[floor])):
        return True
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names and top not in FORBIDDEN[floor]


def imports_at_import_time(tree: ast.Module, package: str) -> Iterator[str]:
    for node in tree.body:
        yield from imported(node, package)


def cycle_among(sources: dict[str, str]) -> list[str]:
    """Return the modules of one import cycle, empty if there is none."""
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        names = imports_at_import_time(ast.parse(source), module.rpartition(".")[0])
        known = (name if name in sources else name.rpartition(".")[0] for name in names)
        graph[module] = {name for name in known if name in sources and name != module}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("path", product_files(), ids=module_name)
def test_a_module_imports_only_what_its_floor_may(path: Path) -> None:
    assert forbidden_imports(path.read_text(encoding="utf-8"), module_name(path)) == []


def test_no_import_goes_in_a_circle() -> None:
    sources = {module_name(path): path.read_text(encoding="utf-8") for path in product_files()}

    assert cycle_among(sources) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("actors.account", "import simpy"),
        ("actors.account", "import pandas as pd"),
        ("actors.account", "from numpy import array"),
        ("actors.account", "from simulation.plan import Plan"),
        ("actors.account", "def late():\n    from simulation import plan"),
        ("actors.domain.orders", "import pykka"),
        ("actors.domain.orders", "from actors.messages import orders"),
        ("actors.domain.orders", "from ..messages import orders"),
        ("actors.domain.orders", "import time"),
        ("simulation.driver", "import reports.metrics"),
        ("simulation.driver", "import random"),
        ("simulation.driver", "import pandas"),
        ("reports.page", "from simulation import driver"),
        ("reports.page", "from simulation.recorder import ColumnWriter"),
        ("reports.page", "import actors"),
        ("scenarios.loader", "import requests"),
    ],
)
def test_an_import_from_a_wrong_floor_is_found(module: str, line: str) -> None:
    assert forbidden_imports(line, module) != []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("actors.account", "from actors.domain import money"),
        ("actors.domain.orders", "from . import money"),
        ("actors.domain.orders", "import msgspec, enum"),
        ("simulation.driver", "from actors.actor import Actor"),
        ("reports.page", "from simulation.records import SCHEMAS"),
        ("scenarios.loader", "from simulation.plan import Plan"),
    ],
)
def test_an_import_from_a_floor_below_is_fine(module: str, line: str) -> None:
    assert forbidden_imports(line, module) == []


def test_a_circle_of_imports_is_found() -> None:
    sources = {
        "actors.a": "from actors import b",
        "actors.b": "from actors.c import Something",
        "actors.c": "import actors.a",
    }

    assert set(cycle_among(sources)) == set(sources)
