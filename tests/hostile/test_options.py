"""A brokerage that is made with nonsense is refused at once, before any file is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actors import Brokerage
from actors.domain.notifications import Channel

NONSENSE: list[tuple[str, Any]] = [
    ("runtime", "x"), ("runtime", 5), ("journal", 5), ("journal", b"x"), ("hours", "09:30"),
    ("hours", None), ("early_limits", "yes"), ("early_limits", None), ("collar_bp", 1.5),
    ("collar_bp", -5), ("collar_bp", 10_001), ("collar_bp", True), ("collar_bp", None),
    ("in_flight_limit", "x"), ("in_flight_limit", -1), ("in_flight_limit", 1.5), ("client", ""),
    ("client", 5), ("client", "x" * 201), ("searchable", 1), ("paces", 5), ("paces", {"email": 5}),
    ("paces", {Channel.EMAIL: 5}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_a_brokerage_says_which_option_is_wrong_and_what_is_meant(
    name: str, value: Any, tmp_path: Path
) -> None:
    journal = tmp_path / "floor.db"
    options = {"journal": journal} | {name: value}
    if name == "runtime":
        del options["journal"]

    with pytest.raises(ValueError, match=rf"^{name} is .* meant"):
        Brokerage(**options)

    assert not journal.exists()
