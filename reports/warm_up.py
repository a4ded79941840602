"""How much of a run's beginning is left out: what its scenario says, and what MSER-5 would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reports.tables import Table
from simulation.records import BUSY

BATCH: Final = 5
_LEAST_BATCHES_LEFT: Final = 5
_US_PER_S: Final = 1_000_000


def mser5(values: NDArray[Any]) -> int | None:
    """Return how many values to leave out at the beginning, by MSER-5.

    Of the means of batches of five values, so many are cut off that the squared standard error
    of the mean of what is left is smallest: sum of (y - mean)^2 over the square of their number.
    Sources: K. P. White Jr., "An effective truncation heuristic for bias reduction in simulation
    output", Simulation 69(6), 1997; K. P. White Jr., M. J. Cobb, S. C. Spratt, "A comparison of
    five steady-state truncation heuristics for simulation", Winter Simulation Conference 2000.
    A cut in the second half means that no steady state was reached.

    Args:
        values: The output of one run in its order.

    Returns:
        A multiple of 5; None where the run is too short to tell.
    """
    batches = len(values) // BATCH
    if batches < 2 * _LEAST_BATCHES_LEFT:
        return None
    means = np.asarray(values[: batches * BATCH], float).reshape(batches, BATCH).mean(axis=1)
    # So that nothing cancels below, and that what ends without any spread has none at all: where
    # rounding decided among zeros, it cut off most of a run that was steady from early on.
    means -= means[-1]
    left = np.arange(batches, 0, -1)
    sums, squares = (np.cumsum(column[::-1])[::-1] for column in (means, means**2))
    errors = np.maximum(squares - sums**2 / left, 0.0) / left**2
    cut = int(np.argmin(errors[: batches - _LEAST_BATCHES_LEFT + 1]))
    return cut * BATCH if cut <= batches // 2 else None


def warm_up_of(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """Describe the warm-up of a recorded run.

    Args:
        folder: The run.
        plan: Its `plan.json`.

    Returns:
        `how` (`given`, `none`, `found`, or `not found` where the run is too short for that),
        `seconds` that are left out, and `mser5_s`, the seconds that MSER-5 leaves out by the
        latencies of all requests; None where it finds no steady state.
    """
    found_s = _found_s(folder)
    given_s = float(plan.get("warm_up_s", 0.0))
    if plan.get("finds_warm_up"):
        how = "not found" if found_s is None else "found"
        return {"how": how, "seconds": found_s or 0.0, "mser5_s": found_s}
    return {"how": "given" if given_s else "none", "seconds": given_s, "mser5_s": found_s}


def _found_s(folder: Path) -> float | None:
    table = Table(folder, "requests")
    intended, answered = table.numbers("intended_us"), table.numbers("answered_us")
    served = np.flatnonzero((answered >= 0) & ~table.words("reason").equal(BUSY))
    in_order = served[np.argsort(intended[served], kind="stable")]
    cut = mser5(answered[in_order] - intended[in_order])
    if cut is None:
        return None
    return int(intended[in_order[cut]]) / _US_PER_S if cut else 0.0


def in_words(warm_up: dict[str, Any], write: Any) -> str:
    """Say what was left out, and what MSER-5 thinks of that.

    Args:
        warm_up: What `warm_up_of` returned.
        write: Writes seconds for people.
    """
    how, found_s = warm_up["how"], warm_up["mser5_s"]
    if how == "found":
        return f"{write(warm_up['seconds'])}, found by MSER-5"
    if how == "not found":
        return "none: MSER-5 finds no steady state in the first half, so the run is too short"
    given = f"{write(warm_up['seconds'])}, as given" if how == "given" else "none given"
    if found_s is None:
        return f"{given} (the rule MSER-5 finds no steady state in the first half)"
    left_out = write(found_s) if found_s else "nothing"
    return f"{given} (the rule MSER-5 would leave out {left_out})"


def in_words_of_all(warm_ups: Sequence[dict[str, Any]], write: Callable[[float], str]) -> str:
    """Say what was left out of several runs, and what MSER-5 thinks of that: from least to most.

    Args:
        warm_ups: What `warm_up_of` returned of each, at least one.
        write: Writes seconds for people.
    """
    found = [own["mser5_s"] for own in warm_ups if own["mser5_s"] is not None]
    steady = from_to(found, lambda own: write(own) if own else "nothing") if found else ""
    unsteady = len(warm_ups) - len(found)
    no_steady_state = f"no steady state in the first half of {unsteady} of {len(warm_ups)} runs"
    if any(own["how"] in {"found", "not found"} for own in warm_ups):
        told = [steady] * bool(found) + [no_steady_state] * bool(unsteady)
        return f"found by MSER-5 in each run: {'; '.join(told)}"
    advice = [f"would leave out {steady}"] * bool(found)
    advice += [f"finds {no_steady_state}"] * bool(unsteady)
    is_given = any(own["how"] == "given" for own in warm_ups)
    given = from_to([own["seconds"] for own in warm_ups], write)
    told_given = f"{given}, as given" if is_given else "none given"
    return f"{told_given} (the rule MSER-5 {'; '.join(advice)})"


def from_to(values: Sequence[float], write: Callable[[float], str]) -> str:
    """Write the least and the most of some values; one of them where they read alike."""
    ends = dict.fromkeys((write(min(values)), write(max(values))))
    return " … ".join(ends)
