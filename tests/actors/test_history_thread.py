"""The thread that writes the history of orders ends when the history is closed."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from actors.order_history import history


class LateClearing(Event):
    """A signal that is cleared just after it was set for the last time."""

    def __init__(self) -> None:
        super().__init__()
        self.was_set = Event()

    def set(self) -> None:
        super().set()
        self.was_set.set()

    def clear(self) -> None:
        assert self.was_set.wait(20.0)
        super().clear()


def test_a_history_that_is_closed_while_it_begins_to_write_closes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "_WRITE_EVERY_S", 0.0)
    busy = history.OrderHistory()
    first, busy._has_work = busy._has_work, LateClearing()
    first.set()

    closing = Thread(target=busy.close, daemon=True)
    closing.start()
    closing.join(timeout=10.0)

    assert not closing.is_alive()
