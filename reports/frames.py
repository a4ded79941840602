"""The recorded tables as pandas frames, with their units, and statistics over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reports.columns import COLUMNS, SPAN, TIME, columns_of
from reports.statistics import ENOUGH_ABOVE
from simulation.records import BUSY, SCHEMAS, UnreadableRun, part_files

US_PER_S: Final = 1_000_000
RATES: Final = ("offered", "sent", "completed", "refused")
TIMELINES: Final = (*RATES, "in_flight", "utilisation", "mailbox_depth", "latency")


class UnknownColumn(ValueError):  # noqa: N818 - what is the matter, not that it is an error
    """A table, column or quantity that no run has."""


def frame_of(folder: Path, table: str, counts_from_us: int = 0) -> pd.DataFrame:
    """Read a table of a run.

    Times are whole microseconds and money is whole 1/10,000 USD, as `attrs["units"]` says; a time
    that did not happen is missing (`pandas.NA`), and text is categorical.

    Args:
        folder: The run.
        table: One of `simulation.records.SCHEMAS`.
        counts_from_us: End of the warm-up; only `requests` needs it.

    Raises:
        UnknownColumn: There is no such table.
        UnreadableRun: A part file is damaged.
    """
    if table not in SCHEMAS:
        raise UnknownColumn(f"no table {table!r:.40}; there are {', '.join(SCHEMAS)}")
    frame: pd.DataFrame = _read(folder, table).to_pandas()
    for column, kind in COLUMNS[table].items():
        if kind.unit in {TIME, SPAN} and column in frame:
            frame[column] = _without_nothing(frame[column])
    if table == "requests":
        _derive(frame, counts_from_us)
    frame.attrs["units"] = {
        name: column.unit for name, column in columns_of(table).items() if column.unit
    }
    return frame


def _read(folder: Path, table: str) -> pa.Table:
    files = part_files(folder, table)
    if not files:
        return SCHEMAS[table].empty_table()
    try:
        return pq.ParquetDataset(files).read()
    except (OSError, pa.ArrowException) as error:
        raise UnreadableRun(f"{folder}: its {table} are not readable: {error}") from error


def _without_nothing(times: pd.Series[Any]) -> pd.Series[Any]:
    """Let a time of -1, which did not happen, be missing."""
    return times.astype("Int64").mask(times < 0)


def _derive(requests: pd.DataFrame, counts_from_us: int) -> None:
    requests["latency_us"] = requests["answered_us"] - requests["intended_us"]
    requests["counts"] = (
        (requests["intended_us"] >= counts_from_us)
        & requests["answered_us"].notna()
        & (requests["reason"] != BUSY)
    ).astype(bool)


def describe_columns(table: str) -> pd.DataFrame:
    """Return what each column of a table means, and its unit.

    Raises:
        UnknownColumn: There is no such table.
    """
    if table not in COLUMNS:
        raise UnknownColumn(f"no table {table!r:.40}; there are {', '.join(COLUMNS)}")
    return pd.DataFrame(
        [(name, *column) for name, column in columns_of(table).items()],
        columns=["column", "unit", "meaning"],
    ).set_index("column")


def latencies_by(
    requests: pd.DataFrame, by: str | Sequence[str] | None, quantiles: Sequence[float]
) -> pd.DataFrame:
    """Return exact latencies of the requests that count, in seconds, by groups of them.

    Args:
        requests: The frame of the table.
        by: Columns to group by; None for all together.
        quantiles: Above 0 and below 1.

    Returns:
        Rows by group with `count`, `mean_s`, one column for each quantile such as `p99_s`, by
        nearest rank, and `max_s`. A quantile with fewer than ten values beyond it is missing.

    Raises:
        UnknownColumn: A column is none of the table.
        ValueError: A quantile is out of range.
    """
    names = [by] if isinstance(by, str) else list(by or ())
    unknown = [name for name in names if name not in requests]
    if unknown:
        raise UnknownColumn(
            f"no column {unknown[0]!r:.40} in requests; there are {', '.join(requests.columns)}"
        )
    served = requests[requests["counts"]]
    groups: Any = served.groupby(names, observed=True) if names else [("all", served)]
    rows = {key: _spread(group["latency_us"], quantiles) for key, group in groups}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    if len(names) == 1:
        frame.index = pd.Index([key[0] for key in rows], name=names[0])
    elif names:
        frame.index = pd.MultiIndex.from_tuples(rows, names=names)
    return frame


def _spread(latencies_us: pd.Series[Any], quantiles: Sequence[float]) -> dict[str, float]:
    ascending = np.sort(latencies_us.to_numpy(np.int64))
    return {
        "count": len(ascending),
        "mean_s": float(ascending.mean()) / US_PER_S,
        **{f"{percentile(q)}_s": quantile_s(ascending, q) for q in quantiles},
        "max_s": int(ascending[-1]) / US_PER_S,
    }


def percentile(quantile: float) -> str:
    """Return the name of a quantile, such as `p99.9`.

    Raises:
        UnknownColumn: It is not between 0 and 1.
    """
    if not 0 < quantile < 1:
        raise UnknownColumn(f"a quantile lies above 0 and below 1, such as 0.99, not {quantile}")
    return f"p{100 * quantile:.6g}"


def quantile_s(ascending: np.ndarray[Any, np.dtype[np.int64]], quantile: float) -> float:
    """Return a quantile by nearest rank, in seconds; NaN with fewer than ten values beyond it."""
    count = len(ascending)
    if count * min(quantile, 1 - quantile) < ENOUGH_ABOVE * (1 - 1e-9):
        return float("nan")
    # 0.999 of 1,000 values is 999, though floats say that it is a little more.
    rank = int(np.ceil(round(quantile * count, 6)))
    return int(ascending[rank - 1]) / US_PER_S
