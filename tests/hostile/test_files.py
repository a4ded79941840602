"""Whatever stands in a file, reading it ends soon: it is good, or refused with one clear error."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.errors import ScenarioError
from scenarios.loader import resolve
from simulation.prices import PricesError
from simulation.prices.bar_table import read_stock_days
from simulation.prices.lobster import read_messages
from simulation.workload import WorkloadError, read_workload

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = sorted((ROOT / "scenarios" / "library").glob("*.toml"))
LOBSTER = (
    b"34200.5,1,1,10,1000000,1\n34201.000001999,4,1,5,1000000,1\n34202,7,0,0,-1,-1\n"
    b"34203.25,5,0,5,1000300,-1\n"
)
BARS = b"symbol,date,open,high,low,close\nAAPL,2013-02-08,67.71,68.40,66.89,67.85\n"
WORKLOAD = (
    b"intended_us,user,account,operation,symbol,side,price_type,quantity,limit_price,amount,"
    b"query,target,command_id\n"
    b"0,1,1,deposit,,,,,,1000000,,,0\n5,1,1,place,AAA,BUY,LIMIT,5,100,,,,1\n9,1,1,search,,,,,,,A,,2\n"
)
JUNK = st.sampled_from([
    b"", b"\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b"[", b"]", b"=", b"#", b"{",
    b"-", b"1e999", b"nan", b"-0", b"9" * 400, b"1_0", b"\r", b"\t", b"../../etc/passwd", b"$(id)",
    b"__import__('os')", b"<script>", b"[red]", "ü¼٣".encode(), b"true", b"1979-05-27", b"0x1f",
])  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, good: bytes) -> bytes:
    """Return a file with a few places overwritten, cut out or doubled."""
    content = good
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        put = draw(JUNK | st.binary(max_size=4) | st.just(content[start:end] * 2))
        content = content[:start] + put + content[end:]
    return content


Read = Callable[[Path], object]
READERS: dict[str, tuple[bytes, Read, type[Exception]]] = {
    "lobster.csv": (LOBSTER, read_messages, PricesError),
    "bars.csv": (BARS, read_stock_days, PricesError),
    "workload.csv": (WORKLOAD, partial(read_workload, symbols=("AAA",)), WorkloadError),
    **{
        file.name: (file.read_bytes(), lambda path: resolve(str(path)), ScenarioError)
        for file in LIBRARY
    },
}


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=80)
def test_a_spoilt_file_is_read_or_refused_with_its_name(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    good, read, refusal = READERS[name]
    path = tmp_path_factory.mktemp("hostile") / name
    path.write_bytes(data.draw(spoilt(good)))

    sentence = name
    try:
        read(path)
    except refusal as error:
        sentence = str(error)

    assert "Traceback" not in sentence
    assert name in sentence or (refusal is ScenarioError and sentence)


@pytest.mark.parametrize("name", ["lobster.csv", "bars.csv", "workload.csv"])
def test_each_file_that_is_spoilt_here_is_good_before(tmp_path: Path, name: str) -> None:
    good, read, _ = READERS[name]
    path = tmp_path / name
    path.write_bytes(good)

    assert read(path)


@given(content=st.binary(max_size=200))
@settings(max_examples=60)
def test_bytes_that_are_no_parquet_or_gzip_file_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    for name, data, read, refusal in (
        ("workload.parquet", content, partial(read_workload, symbols=("AAA",)), WorkloadError),
        ("lobster.csv.gz", content, read_messages, PricesError),
        ("torn.csv.gz", gzip.compress(LOBSTER)[: len(content) % 60], read_messages, PricesError),
    ):
        (folder / name).write_bytes(data)
        with pytest.raises(refusal, match=re.escape(name)):
            read(folder / name)


@pytest.mark.parametrize(
    ("key", "value"),
    [("users.count", "10000000000"), ("market.symbols", "10000000"), ("load.0.total", "10**9")],
)
def test_a_scenario_that_no_machine_could_hold_is_refused_before_it_is_tried(
    key: str, value: str
) -> None:
    with pytest.raises(ScenarioError):
        resolve("trading-day", [f"{key}={value}"])


DANGEROUS = re.compile(
    r"\b(pickle|marshal|shelve|dill|joblib|yaml)\b|(?<![\w.])(eval|exec|compile)\(|allow_pickle|"
    r"os\.system|shell=True|__import__"
)

# What they unpickle comes through a pipe from a process that they have started themselves.
TALKS_TO_ITS_CHILDREN = {"scenarios/worker.py", "scenarios/workers.py"}


def test_nothing_in_the_package_could_execute_or_unpickle_what_it_reads() -> None:
    files = subprocess.run(
        ["git", "ls-files", "actors", "simulation", "reports", "scenarios"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    read = set(files) - TALKS_TO_ITS_CHILDREN
    sources = [ROOT / name for name in sorted(read) if name.endswith(".py")]
    if not sources:
        pytest.skip("this is not a git checkout, so there is no list of the package's files")

    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if DANGEROUS.search(line)
    ]

    assert not found, "\n".join(found)
