"""Every message there is, in one list: for whoever decodes, names or tests them all."""

from __future__ import annotations

from typing import Final

from actors.messages import (
    alerts,
    control,
    feed,
    funds,
    history,
    market,
    notifications,
    orders,
    queries,
    watching,
)
from actors.messages.base import Message

CONVERSATIONS: Final = (
    alerts, control, feed, funds, history, market, notifications, orders, queries, watching,
)  # fmt: skip
MESSAGES: Final[tuple[type[Message], ...]] = tuple(
    value
    for conversation in CONVERSATIONS
    for value in vars(conversation).values()
    if isinstance(value, type)
    and issubclass(value, Message)
    and value.__module__ == conversation.__name__
)
