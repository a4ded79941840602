"""Judges what clients read of their orders and transactions: no more and no less (A09)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.messages.base import Address
from actors.messages.feed import GetHistory, HistoryAnswer
from actors.messages.history import FindOrders, FoundOrders, GetTransactions, TransactionsAnswer
from simulation.audit.reads import ReadAudit
from simulation.audit.world import World


class RecordsAudit:
    """Compares pages of a history with what the accounts have recorded.

    Of orders, only that all of them are the account's; of transactions, how many there are, and
    that a page has them in order and without a gap in their numbers within the account, and
    that the last page ends with the last one.

    Args:
        world: What all parts share.
        reads: What takes the questions.

    Attributes:
        judged: Pages.
    """

    def __init__(self, world: World, reads: ReadAudit) -> None:
        self._world = world
        self._questions = reads.questions
        self.judged = 0
        self.askers: dict[type, Callable[[Address, Any], None]] = dict.fromkeys(
            (FindOrders, GetTransactions, GetHistory), reads.question_asked
        )
        self.tellers: dict[type, Callable[[Address, Any], None]] = {
            FoundOrders: self.orders_read, TransactionsAnswer: self.transactions_read,
            HistoryAnswer: reads.answered,
        }  # fmt: skip

    def orders_read(self, client: Address, message: FoundOrders) -> None:
        """Check that nothing of another account is shown."""
        self._questions.pop((client, message.command_id), None)
        self.judged += 1
        strange = [line.account for line in message.rows if line.account != message.account]
        if strange:
            self._report(f"{client} reads orders of {strange[0]} as {message.account}'s", message)

    def transactions_read(self, client: Address, message: TransactionsAnswer) -> None:
        """Check that all transactions are there, each once, in their order."""
        self._questions.pop((client, message.command_id), None)
        self.judged += 1
        account = self._world.account(message.account)
        recorded = _number_of(account.last_transaction_id)
        if message.total != recorded:
            self._report(
                f"{client} reads of {message.total} transactions of {message.account}, which has "
                f"recorded {recorded}", message,
            )  # fmt: skip
        numbers = [_number_of(line.transaction_id) for line in message.rows]
        if numbers and numbers != [*range(numbers[0], numbers[0] + len(numbers))]:
            sentence = f"{client} reads transactions of {message.account} with a gap, or twice"
            self._report(sentence, message)
        last = numbers[-1] if numbers else 0
        if not message.end and last != message.total:
            sentence = (
                f"{client} reads the last transactions of {message.account} only up to {last}"
            )
            self._report(sentence, message)

    def _report(self, sentence: str, cause: Any) -> None:
        self._world.report("A09", sentence, cause=cause)


def _number_of(transaction_id: str) -> int:
    """Return the number of a transaction within its account; 0 for none."""
    return int(transaction_id.rpartition("/")[2] or 0)
