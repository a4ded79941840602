"""What happened over the time of a run, in steps that somebody chooses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from reports.frames import RATES, TIMELINES, US_PER_S, UnknownColumn, frame_of, quantile_s

_QUANTILES: Final = {"p50_s": 0.5, "p99_s": 0.99}


def timeline_of(folder: Path, name: str, freq: str, starts_at_s: int) -> pd.DataFrame:
    """Return one quantity over virtual time.

    Args:
        folder: The run.
        name: `offered`, `sent`, `completed` or `refused` (requests per second), `in_flight`
            (requests, the most within a step), `utilisation` (0 to 1, of all workers),
            `mailbox_depth` (messages that wait, the most within a step, a column per class of
            actors) or `latency` (p50, p99 and maximum in seconds, of requests meant for a step).
        freq: Length of a step as pandas writes it, such as `1s` or `5min`; whole seconds.
        starts_at_s: Time of day at instant 0, seconds after midnight.

    Returns:
        Rows by the time of day at which a step begins, as a `Timedelta` since midnight.

    Raises:
        UnknownColumn: There is no such quantity, or the step is none.
        UnreadableRun: A part file is damaged.
    """
    step = _step_of(freq)
    if name not in TIMELINES:
        raise UnknownColumn(f"no timeline {name!r:.40}; there are {', '.join(TIMELINES)}")
    if name == "latency":
        frame = _latency(frame_of(folder, "requests"), step)
    elif name == "mailbox_depth":
        frame = _depths(folder, step)
    else:
        frame = _of_seconds(frame_of(folder, "timeline"), name, step)
    frame.index = frame.index + pd.Timedelta(seconds=starts_at_s)
    frame.index.name = "time_of_day"
    return frame


def _step_of(freq: str) -> pd.Timedelta:
    try:
        step = pd.Timedelta(pd.tseries.frequencies.to_offset(freq))  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise UnknownColumn(f"no step {freq!r:.40}; write it like 1s, 30s or 5min") from error
    if step < pd.Timedelta(seconds=1) or step % pd.Timedelta(seconds=1):
        raise UnknownColumn(f"a step is a whole number of seconds, not {freq!r:.40}")
    return step


def _indexed(times_us: pd.Series[Any]) -> pd.TimedeltaIndex:
    return pd.to_timedelta(times_us.to_numpy(np.int64), unit="us")


def _of_seconds(timeline: pd.DataFrame, name: str, step: pd.Timedelta) -> pd.DataFrame:
    seconds = timeline.set_index(_indexed(timeline["at_us"]))
    if name == "completed":
        # As in the metrics: what was refused for load is answered, and not completed.
        served = seconds["completed"] - seconds["refused"]
        return served.resample(step).mean().to_frame(name)
    if name in RATES:
        return seconds[[name]].resample(step).mean()
    if name == "utilisation":
        share = seconds["busy_us"].astype(float) / (seconds["workers"] * US_PER_S)
        return share.resample(step).mean().to_frame(name)
    return seconds[[name]].resample(step).max()


def _depths(folder: Path, step: pd.Timedelta) -> pd.DataFrame:
    queues = frame_of(folder, "queues")
    wide = queues.pivot_table("depth", "at_us", "actor", "sum", 0, observed=True)
    wide.index = _indexed(wide.index.to_series())
    depths = wide.resample(step).max()
    depths.columns = pd.Index(map(str, wide.columns), name="actor")
    return depths


def _latency(requests: pd.DataFrame, step: pd.Timedelta) -> pd.DataFrame:
    """Summarise the requests by when they were meant; those of the warm-up, too."""
    served = requests[requests["counts"]]
    steps = _indexed(served["intended_us"]).floor(step)
    rows = {
        at: _spread(np.sort(group.to_numpy(np.int64)))
        for at, group in served["latency_us"].groupby(steps)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*_QUANTILES, "max_s"])


def _spread(ascending: np.ndarray[Any, np.dtype[np.int64]]) -> list[float]:
    quantiles = [quantile_s(ascending, quantile) for quantile in _QUANTILES.values()]
    return [*quantiles, int(ascending[-1]) / US_PER_S]
