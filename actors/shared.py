"""The one brokerage that a process has by default."""

from __future__ import annotations

import atexit
import os
import threading

from actors.brokerage import Brokerage


class SharedBrokerage:
    """Makes a brokerage on threads at its first use, and another one when that was closed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, without touching what there was: a fork has none of its threads."""
        self._making = threading.Lock()
        self._brokerage: Brokerage | None = None

    def get(self) -> Brokerage:
        """Return the brokerage; whoever comes first makes it, and all others wait for it."""
        with self._making:
            if self._brokerage is None or self._brokerage.is_closed:
                self._brokerage = Brokerage()
            return self._brokerage

    def close(self) -> None:
        """Close the brokerage, if there is one."""
        with self._making:
            if self._brokerage is not None:
                self._brokerage.close()


SHARED = SharedBrokerage()
atexit.register(SHARED.close)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=SHARED.forget)
