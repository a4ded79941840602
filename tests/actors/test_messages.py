"""Every message and fact: a frozen sentence that survives pickling and encoding."""

from __future__ import annotations

import pickle
import types
import typing
from enum import Enum
from pkgutil import iter_modules
from typing import Any

import msgspec
import pytest

import actors.messages
from actors.messages import base, catalogue, facts, notification_facts
from actors.messages.base import Fact
from actors.messages.catalogue import CONVERSATIONS, MESSAGES

FACTS = list(typing.get_args(facts.AnyFact))


def sample(kind: Any) -> Any:
    """Return a value of a type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType or origin is typing.Union:
        return sample(arguments[0])
    if origin is tuple:
        return (sample(arguments[0]),) * 2
    if issubclass(kind, Enum):
        return list(kind)[-1]
    if issubclass(kind, msgspec.Struct):
        return made(kind)
    return {int: 12_345, float: 0.5, str: "U1-1-7", bool: True}[kind]


def made(kind: type[Any]) -> Any:
    """Return a sentence of a class with a value in every field."""
    hints = typing.get_type_hints(kind)
    return kind(*(sample(hints[name]) for name in kind.__struct_fields__))


@pytest.mark.parametrize("kind", [*MESSAGES, *FACTS], ids=lambda kind: kind.__name__)
def test_a_sentence_survives_pickling(kind: type[Any]) -> None:
    sentence = made(kind)

    assert pickle.loads(pickle.dumps(sentence)) == sentence


@pytest.mark.parametrize("kind", [*MESSAGES, *FACTS], ids=lambda kind: kind.__name__)
def test_a_sentence_survives_encoding_and_says_its_class(kind: type[Any]) -> None:
    sentence = made(kind)
    encoded = msgspec.msgpack.encode(sentence)

    assert msgspec.msgpack.decode(encoded, type=kind) == sentence
    assert msgspec.msgpack.decode(encoded)[0] == kind.__name__


@pytest.mark.parametrize("kind", [*MESSAGES, *FACTS], ids=lambda kind: kind.__name__)
def test_a_sentence_is_frozen_and_documented(kind: type[Any]) -> None:
    sentence = made(kind)

    for name in kind.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(sentence, name, None)
    assert kind.__doc__


def test_every_fact_is_one_that_journals_know() -> None:
    defined = {
        kind
        for module in (facts, notification_facts)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
    }

    assert defined == set(FACTS)


def test_the_catalogue_has_every_conversation() -> None:
    files = {f"actors.messages.{file.name}" for file in iter_modules(actors.messages.__path__)}
    others = {module.__name__ for module in (base, catalogue, facts, notification_facts)}

    assert {module.__name__ for module in CONVERSATIONS} == files - others
