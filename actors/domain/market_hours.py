"""Market hours: when orders may be placed and executed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class MarketHours(Struct, frozen=True, gc=False):
    """One trading session, from its opening up to, but not including, its close.

    Attributes:
        opens_us: Opening, microseconds on the runtime's clock.
        closes_us: Close, later than the opening.
    """

    opens_us: int
    closes_us: int

    def __post_init__(self) -> None:
        if self.opens_us >= self.closes_us:
            raise ValueError(
                f"a market that opens at {self.opens_us} us must close later, "
                f"not at {self.closes_us} us"
            )

    def is_open(self, at_us: int) -> bool:
        """Tell whether the market is open at an instant."""
        return self.opens_us <= at_us < self.closes_us

    def until_close_us(self, at_us: int) -> int:
        """Return the microseconds that are left until the close, 0 from then on."""
        return max(0, self.closes_us - at_us)

    def ever_closes(self) -> bool:
        """Tell whether there is a close to wait for."""
        return self.closes_us < _NEVER_US


_NEVER_US: Final = 2**62
ALWAYS_OPEN: Final = MarketHours(-_NEVER_US, _NEVER_US)
