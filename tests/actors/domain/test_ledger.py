"""The ledger takes balanced postings whole and refuses the others whole."""

from __future__ import annotations

import copy

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.ledger import (
    OUTSIDE,
    STREET,
    USD,
    Entry,
    Ledger,
    Unbalanced,
    deposit_entries,
    execution_entries,
    share_transfer_entries,
    transfer_entries,
    withdrawal_entries,
)
from actors.domain.orders import OrderType

ACCOUNTS = st.sampled_from(["account/A", "account/B", STREET, OUTSIDE])
ENTRIES = st.lists(
    st.builds(Entry, ACCOUNTS, st.sampled_from([USD, "AAPL"]), st.integers(-5, 5)), max_size=6
)


def funded_ledger() -> Ledger:
    ledger = Ledger()
    ledger.post(deposit_entries("account/A", 1_000))
    ledger.post(share_transfer_entries(OUTSIDE, "account/A", "AAPL", 10))
    return ledger


def balances(ledger: Ledger, asset: str, *accounts: str) -> list[int]:
    return [ledger.balance(account, asset) for account in accounts]


@given(ENTRIES)
def test_a_posting_is_taken_whole_or_refused_without_a_change(entries: list[Entry]) -> None:
    ledger = funded_ledger()
    before = copy.deepcopy(ledger)
    try:
        ledger.post(entries)
    except Unbalanced:
        assert ledger == before
        assert any(
            sum(entry.amount for entry in entries if entry.asset == asset)
            for asset in (USD, "AAPL")
        )
    else:
        for entry in entries:
            change = sum(
                other.amount
                for other in entries
                if (other.account, other.asset) == (entry.account, entry.asset)
            )
            was = before.balance(entry.account, entry.asset)
            assert ledger.balance(entry.account, entry.asset) == was + change
        assert (ledger.total(USD), ledger.total("AAPL")) == (0, 0)
        ledger.check()


def test_an_unbalanced_posting_is_refused_with_what_is_wrong() -> None:
    entries = [Entry("account/A", USD, 5), Entry(STREET, USD, -3), Entry("account/A", "AAPL", -1)]
    with pytest.raises(Unbalanced, match=r"these sum USD to \+2, AAPL to -1"):
        Ledger().post(entries)


def test_money_and_shares_are_never_set_off_against_each_other() -> None:
    with pytest.raises(Unbalanced):
        Ledger().post([Entry("account/A", USD, 5), Entry("account/A", "AAPL", -5)])


def test_a_buy_exchanges_cash_for_shares_with_the_street() -> None:
    ledger = funded_ledger()
    ledger.post(execution_entries("account/A", "AAPL", OrderType.BUY, 3, 200))
    assert balances(ledger, USD, "account/A", STREET) == [400, 600]
    assert balances(ledger, "AAPL", "account/A", STREET) == [13, -3]


def test_a_sale_exchanges_shares_for_cash_with_the_street() -> None:
    ledger = funded_ledger()
    ledger.post(execution_entries("account/A", "AAPL", OrderType.SELL, 3, 200))
    assert balances(ledger, USD, "account/A", STREET) == [1_600, -600]
    assert balances(ledger, "AAPL", "account/A", STREET) == [7, 3]


def test_deposits_come_from_outside_and_withdrawals_go_there() -> None:
    ledger = funded_ledger()
    ledger.post(withdrawal_entries("account/A", 300))
    assert balances(ledger, USD, "account/A", OUTSIDE) == [700, -700]


def test_transferred_shares_leave_one_account_for_another() -> None:
    ledger = funded_ledger()
    ledger.post(share_transfer_entries("account/A", "account/B", "AAPL", 4))
    assert balances(ledger, "AAPL", "account/A", "account/B") == [6, 4]


def test_a_balance_of_zero_is_not_kept() -> None:
    ledger = Ledger()
    ledger.post(deposit_entries("account/A", 5))
    ledger.post(withdrawal_entries("account/A", 5))
    assert ledger.balances == {USD: {}}
    assert ledger.balance("account/A", USD) == 0


def test_an_unknown_account_or_asset_has_nothing() -> None:
    assert (Ledger().balance("account/A", USD), Ledger().total("AAPL")) == (0, 0)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_or_less_cannot_be_moved(amount: int) -> None:
    with pytest.raises(AssertionError, match="cannot be moved"):
        transfer_entries("account/A", "account/B", USD, amount)


@pytest.mark.parametrize(("quantity", "price"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_an_execution_of_nothing_or_for_nothing_is_a_bug(quantity: int, price: int) -> None:
    with pytest.raises(AssertionError, match="cannot be executed"):
        execution_entries("account/A", "AAPL", OrderType.BUY, quantity, price)


@pytest.mark.parametrize(
    ("accounts", "sentence"),
    [({"account/A": 5}, "do not sum to zero"), ({"account/A": 0}, "a balance of zero is kept")],
)
def test_the_check_fires_on_a_broken_ledger(accounts: dict[str, int], sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        Ledger({USD: accounts}).check()


def test_a_ledger_survives_its_snapshot() -> None:
    ledger = funded_ledger()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(ledger), type=Ledger) == ledger
