"""The cells of a matrix: all resolved first, every mistake at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.errors import ScenarioError
from scenarios.loader import resolve
from scenarios.matrix import cells_of

Written = Callable[..., Path]

MATRIX = """\

[matrix]
"cluster.workers" = [1, 2]
load.0.rate = ["5/s", "10/s", "20/s"]
"""


@pytest.fixture
def swept(written: Written) -> Callable[..., list[dict[str, object]]]:
    """Give the values of the cells of the good scenario with a matrix behind it."""

    def cells(matrix: str, *overrides: str) -> list[dict[str, object]]:
        path = with_matrix(written, matrix)
        return [dict(cell.values) for cell in cells_of(str(path), overrides)]

    return cells


def with_matrix(written: Written, matrix: str) -> Path:
    path = written()
    path.write_text(path.read_text("utf-8") + matrix, encoding="utf-8")
    return path


def test_all_combinations_are_cells_and_the_last_axis_moves_fastest(written: Written) -> None:
    cells = cells_of(str(with_matrix(written, MATRIX)))

    found = [(c.resolved.plan.cluster.workers, c.resolved.plan.load[0].rate_per_s) for c in cells]
    assert found == [(1, 5.0), (1, 10.0), (1, 20.0), (2, 5.0), (2, 10.0), (2, 20.0)]
    assert [cell.number for cell in cells] == [1, 2, 3, 4, 5, 6]


def test_cells_are_left_out_and_added(swept: Callable[..., list[dict[str, object]]]) -> None:
    more = (
        'exclude = [{ cluster.workers = 2 }, { load.0.rate = "20/s" }]\n'
        'include = [{ "cluster.workers" = 8, "load.0.rate" = "90/s" }]\n'
    )

    assert swept(MATRIX + more) == [
        {"cluster.workers": 1, "load.0.rate": "5/s"},
        {"cluster.workers": 1, "load.0.rate": "10/s"},
        {"cluster.workers": 8, "load.0.rate": "90/s"},
    ]


def test_an_axis_is_replaced_from_the_command_line(
    swept: Callable[..., list[dict[str, object]]],
) -> None:
    cells = swept(MATRIX, "matrix.load.0.rate=['1/s']")

    assert [cell["load.0.rate"] for cell in cells] == ["1/s", "1/s"]


def test_a_run_of_a_scenario_with_a_matrix_is_one_of_the_scenario_itself(written: Written) -> None:
    resolved = resolve(str(with_matrix(written, MATRIX)))

    assert resolved.plan.load[0].rate_per_s == 5.0
    assert "matrix" not in resolved.as_resolved


def test_all_cells_have_the_seed_of_the_scenario(written: Written) -> None:
    cells = cells_of(str(with_matrix(written, MATRIX)), seed=7)

    assert {cell.resolved.plan.seed for cell in cells} == {7}


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        ("", "rush.toml: it has no [matrix]"),
        ("\n[matrix]\n", "rush.toml:19:1: matrix: at least one key with its values is needed"),
        (
            "\n[matrix]\ncluster.workers = 2\n",
            "rush.toml:20:19: matrix.cluster.workers: a list in square brackets is meant, not 2",
        ),
        (
            "\n[matrix]\ncluster.workers = []\n",
            "rush.toml:20:19: matrix.cluster.workers: at least 1 is needed",
        ),
        (
            "\n[matrix]\ncluster.workers = [1, 0]\n",
            "rush.toml:20:23: cluster.workers: must be at least 1, not 0",
        ),
        (
            '\n[matrix]\n"cluster.wrokers" = [1]\n',
            "rush.toml:20:22: cluster.wrokers: unknown key; did you mean 'workers'?",
        ),
        (
            '\n[matrix]\n"load.3.rate" = ["1/s"]\n',
            "rush.toml:20:18: load: '3' is no position in it; it has 1, counted from 0",
        ),
        (
            "\n[matrix]\ncluster.workers = [1, 2, 1]\n",
            "rush.toml:20:26: matrix.cluster.workers.2: 1 stands there twice",
        ),
        (
            MATRIX + "exclude = [{ cluster.workers = 3 }]\n",
            "rush.toml:22:12: matrix.exclude.0: 3 is no value of cluster.workers; there are 1, 2",
        ),
        (
            MATRIX + "include = [{ cluster.workers = 3 }]\n",
            "rush.toml:22:12: matrix.include.0: a whole cell is meant; missing: load.0.rate",
        ),
        (
            MATRIX + "exclude = [{ cluster.worker = 1 }]\n",
            "rush.toml:22:12: matrix.exclude.0: 'cluster.worker' is no axis of the matrix; "
            "did you mean 'cluster.workers'?",
        ),
        (
            MATRIX + 'include = [{ cluster.workers = 1, load.0.rate = "5/s" }]\n',
            "rush.toml:22:12: matrix.include.0: this cell is in the matrix already",
        ),
        (
            '\n[matrix]\nextends = ["a.toml"]\n',
            "rush.toml:20:1: matrix.extends: a file that is extended is no axis",
        ),
        (
            MATRIX + "exclude = [{ cluster.workers = 1 }, { cluster.workers = 2 }]\n",
            "rush.toml:19:1: matrix: 0 cells; 1 to 1,000 are meant",
        ),
    ],
)
def test_a_bad_matrix_is_refused_at_its_place(
    matrix: str, told: str, written: Written, tmp_path: Path
) -> None:
    path = with_matrix(written, matrix)

    with pytest.raises(ScenarioError) as caught:
        cells_of(str(path))

    assert str(caught.value).replace(f"{tmp_path}/", "").splitlines()[0].startswith(told)


def test_the_mistakes_of_all_cells_are_told_at_once_and_each_only_once(
    written: Written, tmp_path: Path
) -> None:
    matrix = '\n[matrix]\ncluster.workers = [1, 0]\nload.0.rate = ["1/s", "2", "3"]\n'

    with pytest.raises(ScenarioError) as caught:
        cells_of(str(with_matrix(written, matrix)))

    places = [mistake.where.replace(f"{tmp_path}/", "") for mistake in caught.value.mistakes]
    assert places == ["rush.toml:21:23", "rush.toml:21:28", "rush.toml:20:23"]


def test_what_the_matrix_sets_cannot_be_set_besides(written: Written) -> None:
    with pytest.raises(ScenarioError) as caught:
        cells_of(str(with_matrix(written, MATRIX)), ["cluster.workers=4"])

    assert str(caught.value) == (
        "--set cluster.workers: it is an axis of the matrix; "
        "set matrix.cluster.workers to a list of values instead"
    )
