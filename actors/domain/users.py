"""Users: the customers of the brokerage."""

from __future__ import annotations

import msgspec


class User(msgspec.Struct, frozen=True):
    """A customer.

    Attributes:
        id: Unique, without slashes.
        name: As people write it.
        email: Where notifications go.
        phone: Where text messages go.
    """

    id: str
    name: str
    email: str = ""
    phone: str = ""
