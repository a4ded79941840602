"""What customers did: what they traded, on which side, how priced, and what they cancelled."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from reports.findings import Findings
from reports.moves import Moves, sums_by
from reports.statistics import exact_sum
from reports.tables import Table

MOST_TRADED: Final = 10
_SHARES: Final = {
    "order_type": {"BUY": "buy", "SELL": "sell"},
    "price_type": {"MARKET": "market", "LIMIT": "limit"},
    "status": {"CANCELLED": "cancel"},
}


def add_mix(folder: Path, findings: Findings) -> None:
    """Add the shares of sides, kinds and cancels among the accepted orders."""
    table = Table(folder, "orders")
    for column, shares in _SHARES.items():
        words = table.words(column)
        counts = words.counts()
        for word, name in shares.items():
            findings.add_share(f"behaviour.{name}_share", counts.get(word, 0), len(words.codes))


def add_most_traded(moves: Moves, findings: Findings) -> None:
    """Add the ten symbols with the most volume in USD; of equals, the first by alphabet."""
    rows, symbol = moves.executions, moves.symbol
    codes, count = symbol.codes[rows], len(symbol.words)
    turnover = sums_by(codes, np.abs(moves.amount[rows]), count)
    shares = sums_by(codes, moves.quantity[rows], count)
    ranks = sorted(range(count), key=lambda code: (-turnover[code], symbol.words[code]))
    top = [code for code in ranks[:MOST_TRADED] if turnover[code] > 0]
    for code in top:
        findings.metrics[f"traded.{symbol.words[code]}.turnover"] = int(turnover[code])
        findings.metrics[f"traded.{symbol.words[code]}.shares"] = int(shares[code])
    whole = exact_sum(turnover)
    for rank, leaders in (("one", top[:1]), ("ten", top)):
        findings.add_share(f"behaviour.top_{rank}_share", exact_sum(turnover[leaders]), whole)
