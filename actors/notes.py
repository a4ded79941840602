"""What a brokerage notes in its journal besides facts: whom and what to start again."""

from __future__ import annotations

from typing import Final

import msgspec

from actors.domain.users import User

USER: Final = "user/"
STOCK: Final = "stock/"
ACCOUNTS: Final = "accounts/"  # how many a user has, where it is not one
COMMANDS: Final = "commands"
STOCK_NOTE: Final = tuple[str, str, int]  # symbol, name, first price
NOTE_TYPES: Final = {"user": User, "accounts": int, "stock": STOCK_NOTE, "commands": int}
"""What each note is, by its name up to the first slash."""

encode: Final = msgspec.msgpack.Encoder().encode
decode: Final = msgspec.msgpack.decode
