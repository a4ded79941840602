"""What is recorded comes back as it was given, however the run ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import recorder
from simulation.recorder import BackgroundWriter, Coded, ColumnWriter
from simulation.records import (
    FORMAT_VERSION,
    RUN_FILE,
    SCHEMAS,
    UnwritableRun,
    read_status,
    write_json,
)
from simulation.run_folder import RunFolder, UnknownRun, find_run, list_runs

SCHEMA = pa.schema(
    [
        pa.field("number", pa.int64(), nullable=False),
        pa.field("small", pa.int32(), nullable=False),
        pa.field("word", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ]
)
FAULT = (1, -1, 1, "crash", "node-0", "crash node-0 #0", 1)


def read(folder: Path) -> list[tuple[Any, ...]]:
    files = sorted(folder.glob("part-*.parquet"))
    return [tuple(row.values()) for file in files for row in pq.read_table(file).to_pylist()]


def start(out: Path, name: str = "bell") -> RunFolder:
    return RunFolder.create(out, name, "given", "resolved", 7, "openoutcry run bell")


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "ROWS_PER_CHUNK", 10)
    monkeypatch.setattr(recorder, "ROWS_PER_FILE", 30)
    monkeypatch.setattr(recorder, "_VALUES_IN_PYTHON", 16)


ROWS = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.text(max_size=3),
    st.text(),
)


@settings(deadline=None)  # the first example waits for imports
@given(rows=st.lists(ROWS, max_size=40))
def test_every_row_comes_back_as_it_was_given(
    rows: list[tuple[int, int, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("run")
    writer = ColumnWriter(SCHEMA, folder, "table")
    for row in rows:
        writer.append(*row)
    writer.close()
    assert read(folder / "table") == rows


@pytest.mark.usefixtures("small_files")
def test_rows_and_whole_columns_keep_their_order_over_many_part_files(tmp_path: Path) -> None:
    writer = ColumnWriter(SCHEMA, tmp_path, "table")
    writer.append(-1, 0, "b", "first")
    numbers = np.arange(95)
    writer.append_columns(
        {
            "number": numbers,
            "small": numbers.astype(np.int32),
            "word": Coded(numbers % 2, ("a", "b")),
            "text": [str(number) for number in numbers],
        }
    )
    writer.append(-2, 0, "c", "last")
    writer.close()
    middle = [(n, n, "ab"[n % 2], str(n)) for n in range(95)]
    assert read(tmp_path / "table") == [(-1, 0, "b", "first"), *middle, (-2, 0, "c", "last")]
    assert len(list((tmp_path / "table").glob("part-*.parquet"))) > 2


@pytest.mark.usefixtures("small_files")
def test_a_part_file_has_its_name_only_when_it_is_readable(tmp_path: Path) -> None:
    writer = ColumnWriter(SCHEMA, tmp_path, "table")
    for number in range(50):
        writer.append(number, 0, "a", "")
    assert len(read(tmp_path / "table")) in range(30, 50)
    assert [file.suffix for file in sorted((tmp_path / "table").iterdir())] == [
        ".parquet",
        ".partial",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((1, 2, "a"), "has the columns .*; got"),
        ((1, 2, 3, "a"), "column word .* does not fit"),
        ((1.5, 2, "a", "a"), "column number .* does not fit"),
        ((1, 2, "a", 4), "column text .* does not fit"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_the_column_named(
    row: tuple[Any, ...], message: str, tmp_path: Path
) -> None:
    writer = ColumnWriter(SCHEMA, tmp_path, "table")
    with pytest.raises(ValueError, match=message):
        append_and_close(writer, row)


def append_and_close(writer: ColumnWriter, row: tuple[Any, ...]) -> None:
    writer.append(*row)
    writer.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": np.arange(2)}, "missing or unknown: extra"),
        ({"number": np.arange(3)}, "different lengths"),
        ({"number": np.array([0.5, 1.0])}, "column number .* does not fit"),
    ],
)
def test_columns_that_do_not_fit_are_refused_whole(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    writer = ColumnWriter(SCHEMA, tmp_path, "table")
    columns: dict[str, Any] = {
        "number": np.arange(2),
        "small": np.arange(2),
        "word": ["a", "b"],
        "text": ["", ""],
    }
    with pytest.raises(ValueError, match=message):
        writer.append_columns(columns | change)
    writer.close()
    assert not read(tmp_path / "table")


def test_a_run_folder_says_who_ran_what_and_when(tmp_path: Path) -> None:
    with start(tmp_path) as run:
        assert read_status(run.path) == "running"
        run.write_json("audit", {"invariants": []})
    facts = json.loads((run.path / RUN_FILE).read_text())
    assert run.path.name.endswith(f"-bell-{run.id}")
    assert (facts["status"], facts["seed"]) == ("complete", 7)
    assert facts["command"] == "openoutcry run bell"
    assert {"openoutcry", "python", "pyarrow"} <= set(facts["versions"])
    assert (run.path / "scenario.toml").read_text() == "given"
    assert (run.path / "audit.json").is_file()


def test_an_interrupted_run_keeps_the_rows_that_waited(tmp_path: Path) -> None:
    run = start(tmp_path)
    run.table("faults").append(*FAULT)
    with pytest.raises(KeyboardInterrupt), run:
        raise KeyboardInterrupt
    assert read_status(run.path) == "interrupted"
    assert read(run.path / "faults") == [FAULT]


def test_a_run_that_raises_is_marked_as_failed_and_says_why(tmp_path: Path) -> None:
    run = start(tmp_path)
    with pytest.raises(RuntimeError), run:
        raise RuntimeError("a bug")
    facts = json.loads((run.path / RUN_FILE).read_text())
    assert (facts["status"], facts["error"]) == ("failed", "RuntimeError: a bug")


KILLED = """
import os, signal, sys
from pathlib import Path
from simulation import recorder
from simulation.run_folder import RunFolder
recorder.ROWS_PER_CHUNK = recorder.ROWS_PER_FILE = 10
recorder._VALUES_IN_PYTHON = 4
run = RunFolder.create(Path(sys.argv[1]), "bell", "", "", 7, "")
table = run.table("faults")
for number in range(25):
    table.append(number, -1, 1, "crash", "node-0", "x", 1)
while len(list((run.path / "faults").glob("part-*.parquet"))) < 2:
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_keeps_its_closed_parts_and_counts_as_interrupted(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=30)
    run = find_run("last", tmp_path)
    assert ended.returncode == -signal.SIGKILL
    assert json.loads((run / RUN_FILE).read_text())["status"] == "running"
    assert read_status(run) == list_runs(tmp_path)[0]["status"] == "interrupted"
    assert len(read(run / "faults")) == 20


def test_a_process_id_that_was_given_out_again_does_not_revive_a_run(tmp_path: Path) -> None:
    run = start(tmp_path)
    facts = json.loads((run.path / RUN_FILE).read_text())
    if not facts["born"]:
        pytest.skip("this system does not tell when a process started")
    write_json(run.path / RUN_FILE, facts | {"born": "1"})
    assert read_status(run.path) == "interrupted"


def test_a_full_disk_is_one_clear_error_and_the_run_is_marked_as_failed(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    run = start(tmp_path)
    (run.path / "faults").mkdir()
    (run.path / "faults" / "part-0000.parquet.partial").symlink_to("/dev/full")
    run.table("faults").append(*FAULT)
    with pytest.raises(UnwritableRun, match=r"part-0000\.parquet.* cannot be written.*[Nn]o space"):
        run.finish("complete")
    assert read_status(run.path) == "failed"


def test_an_error_of_the_writing_thread_is_raised_at_the_next_step() -> None:
    background = BackgroundWriter()

    def fail() -> None:
        raise UnwritableRun(Path("x"), OSError(28, ""))

    background.submit(fail)
    with pytest.raises(UnwritableRun, match="x: cannot be written: No space left on device"):
        background.close()
    with pytest.raises(UnwritableRun):
        background.submit(lambda: None)


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(UnwritableRun, match="cannot be written"):
        start(tmp_path / "runs")


def test_a_json_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"old": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"new": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"old": 1}


def test_a_run_is_found_by_path_age_id_folder_and_scenario(tmp_path: Path) -> None:
    first, second, third = (start(tmp_path, name) for name in ("bell", "day", "bell"))
    for run in (first, second, third):
        run.finish("complete")
    assert find_run(str(first.path), tmp_path) == first.path
    assert find_run("last", tmp_path) == find_run("last~0", tmp_path) == third.path
    assert find_run("last~2", tmp_path) == first.path
    assert find_run(second.id, tmp_path) == second.path
    assert find_run(first.path.name, tmp_path) == first.path
    assert find_run("bell", tmp_path) == third.path


def test_a_run_that_is_not_there_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UnknownRun, match="there is no run yet"):
        find_run("last", tmp_path)
    run = start(tmp_path)
    run.finish("complete")
    for text in ("last~1", "zzz", ""):
        with pytest.raises(UnknownRun, match=run.id):
            find_run(text, tmp_path)


def test_the_start_of_several_ids_is_refused(tmp_path: Path) -> None:
    for number in ("ab0000", "ab1111"):
        (tmp_path / number).mkdir()
        record = {"format": FORMAT_VERSION, "id": number, "scenario": "a", "status": "complete"}
        write_json(tmp_path / number / RUN_FILE, record)
    with pytest.raises(UnknownRun, match="start of 2 ids"):
        find_run("ab", tmp_path)
    assert find_run("ab1", tmp_path).name == "ab1111"


def test_a_damaged_run_is_listed_as_unreadable_and_hides_no_other(tmp_path: Path) -> None:
    start(tmp_path).finish("complete")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / RUN_FILE).write_text("{")
    assert [run["status"] for run in list_runs(tmp_path)] == ["unreadable", "complete"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_table_of_the_contract_can_be_written_and_read(name: str, tmp_path: Path) -> None:
    schema = SCHEMAS[name]
    row = [7 if pa.types.is_integer(field.type) else "x" for field in schema]
    with start(tmp_path) as run:
        run.table(name).append(*row)
    [file] = (run.path / name).glob("part-*.parquet")
    assert pq.read_table(file).schema.equals(schema)
    assert read(run.path / name) == [tuple(row)]


def test_recording_needs_no_pandas(tmp_path: Path) -> None:
    """It would take as much memory as the rows of a short run."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from simulation.recorder import Coded, ColumnWriter\n"
        "from simulation.records import SCHEMAS\n"
        "writer = ColumnWriter(SCHEMAS['faults'], Path(sys.argv[1]), 'faults')\n"
        "writer.append(1, -1, 1, 'crash', 'node-1', 'ä', 2)\n"
        "word = Coded(np.zeros(2, np.int8), ('x',))\n"
        "number = np.arange(2)\n"
        "values = {'at_us': number, 'until_us': number, 'fault': number, 'kind': word,\n"
        "          'where': word, 'decision': word, 'count': number}\n"
        "writer.append_columns(values)\n"
        "writer.close()\n"
        "sys.exit('pandas' in sys.modules)\n"
    )

    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)

    rows = pq.read_table(tmp_path / "faults").to_pylist()
    assert [row["decision"] for row in rows] == ["ä", "x", "x"]
