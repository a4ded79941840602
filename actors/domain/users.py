"""Users: the customers of the brokerage."""

from __future__ import annotations

from typing import Final

import msgspec

LONGEST_ID: Final = 100
LONGEST_TEXT: Final = 200
"""Characters of a name, an e-mail address or a telephone number."""


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


def check_user(user: object) -> None:
    """Check that somebody can be a customer: what is kept of them must be readable again.

    Raises:
        TypeError: It is no user.
        ValueError: A part of it is no text that can be kept; says which.
    """
    if not isinstance(user, User):
        raise TypeError(f'a user is meant, like User("U001", "Alice"), not {user!r}')
    if not _is_text(user.id, LONGEST_ID) or not user.id or "/" in user.id:
        raise ValueError(
            f"a user needs an id in text, without slashes, not {user.id!r}, of at most "
            f"{LONGEST_ID} characters"
        )
    for part in ("name", "email", "phone"):
        value = getattr(user, part)
        if not _is_text(value, LONGEST_TEXT):
            raise ValueError(
                f"the {part} of user {user.id} must be text on one line, of at most "
                f"{LONGEST_TEXT} characters, not {value!r}"
            )


def _is_text(value: object, longest: int) -> bool:
    return type(value) is str and value.isprintable() and len(value) <= longest
