"""Judges that a log-in which is answered is known to everybody who follows sessions (A14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.messages.base import Address, CommandId
from actors.messages.facts import SessionFollowed
from actors.messages.queries import LogIn, LogOut, SessionAnswer
from simulation.audit.model import Quoted
from simulation.audit.reads import ReadAudit
from simulation.audit.world import World


class LogInAudit:
    """Compares what clients are told of log-ins and log-outs with what is in the journal by then.

    Whoever began to follow sessions after a log-in was sent need not have heard of it, nor need
    anybody take down a log-out at one screen: another one may have taken its place.

    Args:
        world: What all parts share.
        reads: What remembers questions until they are answered.
    """

    def __init__(self, world: World, reads: ReadAudit) -> None:
        self._world = world
        self._questions = reads.questions
        self._followers: dict[Address, dict[Address, int]] = {}  # by account: since which batch
        self._heard: dict[Address, CommandId] = {}  # the last one, by follower
        self.judged = 0
        self.askers: dict[type, Callable[[Address, Any], None]] = {
            LogIn: reads.dated_question_asked, LogOut: reads.dated_question_asked,
        }  # fmt: skip
        self.tellers: dict[type, Callable[[Address, Any], None]] = {SessionAnswer: self.answered}

    def followed(self, _: Quoted, fact: SessionFollowed) -> None:
        """Expect that somebody hears of each log-in from here on."""
        self._followers.setdefault(fact.account, {})[fact.follower] = self._world.batch

    def heard(self, follower: Address, command_id: CommandId) -> None:
        """Take that a follower has recorded a log-in or a log-out."""
        self._heard[follower] = max(command_id, self._heard.get(follower, -1))

    def answered(self, client: Address, message: SessionAnswer) -> None:
        """Check that everybody who follows this account's sessions has recorded it."""
        asked = self._questions.pop((client, message.command_id), None)
        if asked is None or (isinstance(asked.message, LogOut) and asked.message.screen):
            return
        self.judged += 1
        for follower, since in self._followers.get(message.account, {}).items():
            if since <= asked.floor and self._heard.get(follower, -1) < message.command_id:
                self._world.report(
                    "A14", f"command {message.command_id} of {client} is answered, and {follower} "
                    "has not recorded it", cause=message,
                )  # fmt: skip
