"""What an account has, in the words of the audit."""

from __future__ import annotations

from actors.account_state import AccountState
from actors.domain.money import dollars
from simulation.audit.model import View


def balances_of(state: AccountState) -> View:
    """Return what an account says in memory that it has."""
    portfolio = state.portfolio
    lines = {
        symbol: (holding.quantity, holding.held, holding.cost)
        for symbol, holding in portfolio.holdings.items()
    }
    return state.cash, state.held, portfolio.realised, lines


def in_words(view: View) -> str:
    """Say what an account has."""
    cash, held, realised, lines = view
    holdings = "".join(
        f", {quantity:,} {symbol} of which {reserved:,} are held, at {dollars(cost)}"
        for symbol, (quantity, reserved, cost) in lines.items()
    )
    return f"cash {dollars(cash)}, held {dollars(held)}, realised {dollars(realised)}{holdings}"
