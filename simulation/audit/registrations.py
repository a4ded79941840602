"""Judges whose an account is at the door, and what is said of its opening (A14, A25)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.messages.base import Address
from actors.messages.control import AccountReady, RegisterAccount
from actors.messages.facts import AccountRegistered
from simulation.audit.model import Handler, Quoted
from simulation.audit.reads import ReadAudit
from simulation.audit.world import World

_NOBODY: Final = ""


class RegistrationAudit:
    """Knows which accounts the door takes commands for.

    Args:
        world: What all parts share.
        reads: What takes the questions.

    Attributes:
        judged: What clients were told of it.
    """

    def __init__(self, world: World, reads: ReadAudit) -> None:
        self._world = world
        self._questions = reads.questions
        self._users: dict[Address, str] = {}
        self.judged = 0
        self.askers: dict[type, Callable[[Address, Any], None]] = {RegisterAccount: self.asked}
        self.tellers: dict[type, Callable[[Address, Any], None]] = {AccountReady: self.told}
        self._ask = reads.question_asked

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {AccountRegistered: self.registered}

    def registered(self, _: Quoted, fact: AccountRegistered) -> None:
        """Take that the door knows an account; its user never changes."""
        if self._users.setdefault(fact.account, fact.user) != fact.user:
            sentence = f"{fact.account} is given to {fact.user}, and is another user's"
            self._world.report("A25", sentence, cause=fact)

    def is_known(self, account: Address) -> bool:
        """Tell whether the door can know whose an account is, as far as was heard."""
        return not self._users or account in self._users

    def asked(self, client: Address, message: RegisterAccount) -> None:
        """Remember who waits for an answer."""
        if message.reply_to:
            self._ask(client, message)

    def told(self, client: Address, message: AccountReady) -> None:
        """Check that an account of which a client is told can be used."""
        asked: Any = self._questions.pop((client, message.command_id), None)
        self.judged += 1
        user = self._users.get(message.account, _NOBODY)
        if user is _NOBODY:
            sentence = f"{client} is told that {message.account} is open; the door does not know it"
            self._world.report("A14", sentence, cause=message)
        elif asked is not None and asked.message.user != user:
            sentence = f"{asked.message.user} is told that {message.account} of {user} is open"
            self._world.report("A25", sentence, cause=message)
