"""The examples in the documentation of the rules are true."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from actors.domain import money, search


@pytest.mark.parametrize("module", [money, search])
def test_the_documented_examples_are_true(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
