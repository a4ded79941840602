"""Errands in workload files: words that mean something, accounts that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.workload import WorkloadError, read_workload
from simulation.workload.columns import COLUMNS
from simulation.workload.numbering import refuse_unknown_accounts

GOOD = {
    "balance": "1,1,1,balance,,,,,,,,,,0,",
    "history": "2,1,1,price_history,AAA,,,,,,,,,1,",
    "alert": "3,1,1,set_alert,AAA,,,,1010000,,,,,2,above each time",
    "removal": "4,1,1,remove_alert,,,,,,,,,2,3,",
    "wishes": "5,1,1,prefer,,,,,,,,,,4,email:deposit+withdrawal push:price_alert",
    "opening": "6,1,3,open_account,,,,,,,,,,5,",
    "closing": "7,1,3,close_account,,,,,,,,,,6,",
    "search": "8,1,1,order_search,,,,,,,,,,7,status=executed side=buy sort=value",
    "pages": "9,1,1,transactions,,,,,,,,,,8,",
    "intrusion": "10,2,1,intrude,AAA,,,,,,,,,9,withdraw",
}


def written(path: Path, **changed: str) -> Path:
    path.write_text("\n".join([",".join(COLUMNS), *{**GOOD, **changed}.values()]) + "\n")
    return path


def test_errands_in_words_are_understood(tmp_path: Path) -> None:
    workload = read_workload(written(tmp_path / "w.csv"), ("AAA",))

    assert workload.account.tolist() == [1, 1, 1, 1, 1, 3, 3, 1, 1, 1]
    said = [workload.details[code] if code >= 0 else "" for code in workload.detail]
    assert said == [line.rpartition(",")[2] for line in GOOD.values()]


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("alert", "3,1,1,set_alert,AAA,,,,1010000,,,,,2,", "4: column detail: is empty; a set_al"),
        (
            "alert",
            "3,1,1,set_alert,AAA,,,,1010000,,,,,2,upwards",
            "4: column detail: 'upwards' is not what set_alert may say; one of above, below",
        ),
        ("alert", "3,1,1,set_alert,AAA,,,,,,,,,2,above", "4: column limit_price: is empty"),
        (
            "removal",
            "4,1,1,remove_alert,,,,,,,,,0,3,",
            "5: column target: 0 is not the command id of an earlier alert of the account",
        ),
        ("removal", "4,2,2,remove_alert,,,,,,,,,2,3,", "5: column target: 2 is not the command"),
        (
            "wishes",
            "5,1,1,prefer,,,,,,,,,,4,pigeon:deposit",
            "6: column detail: 'pigeon:deposit' is not what prefer may say; nothing, or",
        ),
        ("wishes", "5,1,1,prefer,,,,,,,,,,4,sms:deposit sms:deposit", "6: column detail:"),
        ("opening", "6,1,1,open_account,,,,,,,,,,5,", "7: column account: 1 stands in an earlier"),
        ("closing", "7,1,3,open_account,,,,,,,,,,6,", "8: column account: 3 stands in an earlier"),
        ("wishes", "5,1,1,prefer,,,,,,,,,,4,sms:deposit+deposit", "6: column detail:"),
        ("wishes", "5,1,1,prefer,,,,,,,,,,4, ", "6: column detail: ' ' is not what prefer may"),
        ("search", "8,1,1,order_search,,,,,,,,,,7, ", "9: column detail: ' ' is not what order_s"),
        ("search", "8,1,1,order_search,,,,,,,,,,7,symbol=", "9: column detail: 'symbol=' is not"),
        (
            "search",
            "8,1,1,order_search,,,,,,,,,,7,side=buy side=sell",
            "9: column detail: 'side=buy side=sell' is not what order_search may say; all, or",
        ),
        (
            "intrusion",
            "10,1,3,intrude,AAA,,,,,,,,,9,withdraw",
            "11: column account: 3 is the user's own; a stranger's command needs another's",
        ),
        ("search", "8,1,1,order_search,,,,,,,,,,7,size=5", "9: column detail: 'size=5' is not"),
        ("search", "8,1,1,order_search,,,,,,,,,,7,sort=up", "9: column detail: 'sort=up' is not"),
        ("pages", "9,1,1,transactions,,,,,,,,,,8,all", "10: column detail: does not belong to"),
        ("intrusion", "10,2,1,intrude,AAA,,,,,,,,,9,shout", "11: column detail: 'shout' is not"),
        (
            "intrusion",
            "10,1,1,intrude,AAA,,,,,,,,,9,withdraw",
            "11: column account: 1 is the user's own; a stranger's command needs another's",
        ),
    ],
)
def test_an_errand_that_cannot_be_meant_is_named(
    tmp_path: Path, name: str, line: str, message: str
) -> None:
    path = written(tmp_path / "w.csv", **{name: line})

    with pytest.raises(WorkloadError) as caught:
        read_workload(path, ("AAA",))

    assert f"w.csv:{message}" in str(caught.value)


def test_who_has_the_number_of_an_account_that_another_opened_is_a_stranger_to_it(
    tmp_path: Path,
) -> None:
    line = "10,3,3,intrude,AAA,,,,,,,,,9,withdraw"

    assert len(read_workload(written(tmp_path / "w.csv", intrusion=line), ("AAA",))) == len(GOOD)


def test_an_account_of_a_number_for_which_no_run_has_room_is_refused(tmp_path: Path) -> None:
    opening = "6,1,2147483647,open_account,,,,,,,,,,5,"
    closing = "7,1,2147483647,close_account,,,,,,,,,,6,"
    path = written(tmp_path / "w.csv", opening=opening, closing=closing)
    workload = read_workload(path, ("AAA",))

    with pytest.raises(WorkloadError, match=r"account 2147483647 is opened; number .* from 3 to"):
        refuse_unknown_accounts(workload, 2, tmp_path / "w.csv")
