"""What customers of a simulated run are called, and where they can be reached."""

from __future__ import annotations

from actors.addresses import account_of
from actors.domain.notifications import Channel, Route
from actors.messages.base import Address
from simulation.workload.details import Wishes


def user_id(number: int) -> str:
    """Return the id of a simulated user by its number, from 1."""
    return f"U{number:06d}"


def account_address(number: int) -> Address:
    """Return the address of the first account of a user by its number, from 1."""
    return account_of(user_id(number))


def destination(channel: Channel, number: int) -> str:
    """Return where a user is reached on a channel."""
    if channel is Channel.EMAIL:
        return f"{user_id(number).lower()}@customers.example"
    return f"+1 555 {number:08}" if channel is Channel.SMS else user_id(number)


def routes_to(number: int, wishes: Wishes) -> tuple[Route, ...]:
    """Return the preferences of a user for what the user wishes to hear."""
    return tuple(Route(channel, destination(channel, number), events) for channel, events in wishes)
