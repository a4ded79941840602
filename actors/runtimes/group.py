"""Group commit: what handlers did and sent, held back until their facts are durable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from actors.actor import Effects
from actors.runtimes.cell import Cell
from actors.runtimes.mailbox import Envelope

HANDLERS_AT_MOST: Final = 256
GATHERED_FOR_S: Final = 0.005


class Held(NamedTuple):
    """What one handler did.

    Attributes:
        cause: What it handled.
        batch: Its facts as the journal encoded them; None if it recorded none.
    """

    cell: Cell
    cause: Envelope
    effects: Effects
    batch: bytes | None


class Group:
    """The handlers that the next commit is for.

    Attributes:
        held: In the order in which they returned.
        unsynced: Actors that have recorded what is not durable yet; whatever they send waits.
        kept_open: How many of those who gather here want nothing to leave yet.
    """

    def __init__(self) -> None:
        self.held: list[Held] = []
        self.unsynced: set[Cell] = set()
        self.kept_open = 0
        self._leaving = 0  # how many commits are being told of
        self._since_s = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether everything that was gathered has left."""
        return not self.held and not self._leaving

    def add(self, cell: Cell, cause: Envelope, effects: Effects, batch: bytes | None) -> None:
        """Hold back what a handler did, if anything; its effects are emptied, for the next one."""
        if batch is None and not (effects.messages or effects.timers or effects.remind_s):
            return
        if not self.held:
            self._since_s = effects.now_s
        if batch is not None:
            self.unsynced.add(cell)
        self.held.append(Held(cell, cause, _moved(effects), batch))

    def is_due(self, now_s: float) -> bool:
        """Tell whether so much has gathered, or for so long, that it should be committed."""
        return len(self.held) >= HANDLERS_AT_MOST or now_s - self._since_s > GATHERED_FOR_S

    @contextmanager
    def leaving(self) -> Iterator[list[Held]]:
        """Hand out everything, because it is durable; the group is empty when it has left."""
        self._leaving += 1  # first: at no moment does the group look empty
        held, self.held = self.held, []
        self.unsynced.clear()
        try:
            yield held
        finally:
            self._leaving -= 1

    def drop(self) -> None:
        """Forget everything: none of it has happened."""
        self.held = []
        self.unsynced.clear()


def _moved(effects: Effects) -> Effects:
    """Return effects of their own, and empty those that the runtime lends to every actor."""
    moved = Effects()
    moved.now_s, moved.remind_s = effects.now_s, effects.remind_s
    moved.facts, moved.messages, moved.timers = effects.facts, effects.messages, effects.timers
    effects.drop()
    return moved
