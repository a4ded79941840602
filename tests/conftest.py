"""What all tests share: short property tests, and actors that do not outlive their test."""

from __future__ import annotations

from collections.abc import Iterator

import pykka
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def no_actor_survives() -> Iterator[None]:
    """Stop what a test has left in Pykka's registry, so that the next one begins with none."""
    yield
    pykka.ActorRegistry.stop_all(timeout=10.0)
