"""What the operator of the brokerage says to its actors."""

from __future__ import annotations

from actors.messages.base import Address, Message


class RegisterAccount(Message, frozen=True):
    """Tell the exchange that an account takes commands."""

    account: Address
