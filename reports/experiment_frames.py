"""The numbers of experiments as data frames, in the units of their metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

Frame: TypeAlias = pd.DataFrame


def cells_frame(facts: Mapping[str, Any]) -> Frame:
    """Return a row for each cell of a sweep: `cell`, its values, `verdict`, and every metric.

    Args:
        facts: The `metrics.json` of a sweep; of anything else the frame is empty.
    """
    return pd.DataFrame(
        [
            {"cell": cell["number"], **cell["values"], "verdict": cell["word"], **cell["metrics"]}
            for cell in facts.get("cells", ())
        ]
    )


def rows_frame(facts: Mapping[str, Any]) -> Frame:
    """Return a row for each metric of a comparison, with its difference and its interval."""
    return pd.DataFrame(facts["rows"])
