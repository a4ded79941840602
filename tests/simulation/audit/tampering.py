"""What actors and clients said, one after the other, in which a test can alter one thing."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec.structs import replace


class Event(NamedTuple):
    kind: str
    address: str
    content: Any
    at_us: int


class Tape:
    """A sequence of events that can be tampered with."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def find(self, kind: type, nth: int = 0) -> tuple[int, int]:
        """Return the place of a fact or message: of its event, and within that."""
        places = [
            (at, within)
            for at, event in enumerate(self.events)
            for within, item in enumerate(contents(event))
            if type(item) is kind
        ]
        return places[nth]

    def alter(self, kind: type, nth: int = 0, **changes: Any) -> None:
        """Plant a wrong fact or message."""
        at, within = self.find(kind, nth)
        event = self.events[at]
        items = contents(event)
        items[within] = replace(items[within], **changes)
        content = items if event.kind == "appended" else items[0]
        self.events[at] = event._replace(content=content)

    def drop(self, kind: type, nth: int = 0) -> None:
        """Leave a fact or message out."""
        at, within = self.find(kind, nth)
        event = self.events[at]
        items = contents(event)
        del items[within]
        self.events[at : at + 1] = [event._replace(content=items)] if items else []

    def repeat(self, kind: type, nth: int = 0, **changes: Any) -> None:
        """Let a fact or message come once more at the end, by itself."""
        at, within = self.find(kind, nth)
        event = self.events[at]
        item = replace(contents(event)[within], **changes)
        content = [item] if event.kind == "appended" else item
        self.events.append(event._replace(content=content))

    def move_to_front_of(self, kind: type, other: type) -> None:
        """Let the event of one fact or message happen before that of another."""
        event = self.events.pop(self.find(kind)[0])
        self.events.insert(self.find(other)[0], event)


def contents(event: Event) -> list[Any]:
    return list(event.content) if event.kind == "appended" else [event.content]


def tell_all(story: Tape, follower: Any) -> None:
    for kind, address, content, at_us in story.events:
        getattr(follower, kind)(address, content, at_us)
