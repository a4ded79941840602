"""The search for orders in a notebook: the question of the command line, answered as a frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scenarios.errors import InputError
from scenarios.suggest import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

_DEFAULTS: Final[dict[str, Any]] = {
    "symbol": "", "account": "", "status": None, "side": None, "between": None, "sort": "time",
    "ascending": False, "limit": 20, "after": None, "by": None,
}  # fmt: skip


def search(folder: Path, asked: dict[str, Any]) -> pd.DataFrame:
    """Return the orders of a run that fit, or their sums.

    Args:
        folder: The run.
        asked: The options of `openoutcry search`.

    Raises:
        InputError: There is no such option, or no orders fit what it says.
    """
    import msgspec
    import pandas as pd

    from actors.domain.order_query import COLUMNS
    from reports.order_search import RunOrders
    from reports.order_search_index import index_of
    from scenarios.cli.search import check_known, query_of

    for name in asked:
        if name not in _DEFAULTS:
            raise InputError(f"search has no {name}{did_you_mean(name, _DEFAULTS)}")
    with RunOrders(folder, index_of(folder)) as orders:
        query, grouping = query_of(orders, _DEFAULTS | asked)
        if grouping is None:
            found = orders.search(query)
            check_known(orders, query, found.total)
            frame = pd.DataFrame(found.rows, columns=list(COLUMNS))
            frame.attrs["total"] = found.total
            return frame
        groups = orders.aggregate(query, grouping)
        check_known(orders, query, len(groups))
        return pd.DataFrame([msgspec.structs.asdict(group) for group in groups])
