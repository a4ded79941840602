"""The desk of the history in a simulated run: it takes its time, as whoever searches does."""

from __future__ import annotations

from typing import Final

from actors.addresses import HISTORY
from actors.order_history import OrderHistory
from actors.order_history.desk import answer_of
from actors.runtimes.mailbox import Envelope
from simulation.virtual_time import VirtualTimeRuntime

SERVICE_S: Final = 0.001
"""Of one question: what 99 of 100 take at most in SQLite, where an index fits."""


class SimulatedDesk:
    """Answers what the door lets through; nobody waits for anybody, as reading is done beside.

    Args:
        runtime: Whose clock counts.
        history: What is searched.
    """

    def __init__(self, runtime: VirtualTimeRuntime, history: OrderHistory) -> None:
        self._runtime = runtime
        self._history = history
        runtime.attach(HISTORY, self.take)

    def take(self, envelope: Envelope) -> None:
        """Take a question, and answer it when its time has come."""
        # The door is within the cluster: the way there is none to a client.
        envelope.network_s -= envelope.stamp_s - self._runtime.now
        envelope.service_s += SERVICE_S
        self._runtime._after(SERVICE_S, lambda: self._answer(envelope))

    def _answer(self, question: Envelope) -> None:
        asked = question.message
        link = question if question.links else None
        answer = Envelope(
            answer_of(self._history, asked), HISTORY, question.trace, 0.0, question.network_s,
            question.mailbox_s, question.worker_s, question.service_s, question.commit_s, link,
            max(0, question.links - 1),
        )  # fmt: skip
        self._runtime._leave_cluster(asked.reply_to, answer)
