"""One random generator per seed, replication and purpose; none disturbs another."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np

SEED_END: Final = 2**63
REPLICATION_END: Final = 2**32
MOST_REPLICATIONS: Final = 10_000
_SEEDS: Final = "seed of a replication"


class Streams:
    """Named sources of randomness of one replication.

    A stream depends on the seed, the replication and the SHA-256 of its purpose, on nothing
    else: drawing more from one leaves all others as they were (common random numbers).
    """

    __slots__ = ("_generators", "_replication", "_seed")

    def __init__(self, seed: int, replication: int = 0) -> None:
        """Derive streams from a seed.

        Args:
            seed: Seed of the run, 0 to 2**63 - 1.
            replication: Number of the repetition, 0 to 2**32 - 1.

        Raises:
            ValueError: One of them is out of range.
        """
        if not 0 <= seed < SEED_END:
            raise ValueError(f"seed: {seed} is out of range; it must be 0 to 2**63 - 1")
        if not 0 <= replication < REPLICATION_END:
            raise ValueError(
                f"replication: {replication} is out of range; it must be 0 to 2**32 - 1"
            )
        self._seed = seed
        self._replication = replication
        self._generators: dict[str, np.random.Generator] = {}

    def get(self, purpose: str) -> np.random.Generator:
        """Return the generator of a purpose.

        The same purpose gives the same object, which goes on where it stood: two users of one
        purpose share its draws. Take a purpose of its own for each (`"arrivals/0"`).
        """
        if purpose not in self._generators:
            self._generators[purpose] = self._derive(purpose)
        return self._generators[purpose]

    def _derive(self, purpose: str) -> np.random.Generator:
        digest = hashlib.sha256(purpose.encode()).digest()
        words = np.frombuffer(digest, dtype="<u4").tolist()
        sequence = np.random.SeedSequence(self._seed, spawn_key=(self._replication, *words))
        return np.random.Generator(np.random.PCG64(sequence))


def seed_of(seed: int, number: int) -> int:
    """Return the seed of a replication: the first has the scenario's own.

    It depends on the scenario's seed and the number alone, so that replication 3 is the same
    however many there are, and on both sides of a comparison.

    Args:
        seed: Of the scenario, 0 to 2**63 - 1.
        number: Of the replication, from 1 on.
    """
    if number == 1:
        return seed
    return int(Streams(seed, number).get(_SEEDS).integers(SEED_END))
