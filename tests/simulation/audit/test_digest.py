"""The digest names everything that was recorded, in its order."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from story import CLIENT, Story
from tampering import tell_all

from actors.messages import facts as f
from actors.messages.orders import CommandAccepted
from simulation.audit import Digest


def digest_of(story: Story) -> str:
    digest = Digest()
    tell_all(story, digest)
    return digest.hexdigest()


def told() -> Story:
    story = Story()
    story.trade()
    return story


def test_the_digest_is_that_of_the_encoded_batches_one_after_the_other() -> None:
    story = told()
    encoded = [
        msgspec.msgpack.encode((event.address, event.at_us, event.content))
        for event in story.events
        if event.kind == "appended"
    ]

    assert digest_of(story) == sha256(b"".join(encoded)).hexdigest()


def test_a_long_journal_is_hashed_in_pieces_with_the_same_result() -> None:
    digest, again = Digest(), Digest()
    facts = [f.QuoteApplied(n, n) for n in range(1_000)]
    for n in range(100):
        digest.appended("book/ACME", facts, n)
        again.appended("book/ACME", facts, n)
        again.hexdigest()

    assert digest.hexdigest() == again.hexdigest()


def test_another_order_another_time_or_another_number_gives_another_digest() -> None:
    swapped, later, other = told(), told(), told()
    swapped.events[1], swapped.events[2] = swapped.events[2], swapped.events[1]
    later.events[3] = later.events[3]._replace(at_us=later.events[3].at_us + 1)
    other.alter(f.ExecutionSettled, realised=1)

    digests = {digest_of(story) for story in (told(), swapped, later, other)}

    assert len(digests) == 4


def test_what_clients_say_is_left_out() -> None:
    story = told()
    before = digest_of(story)
    story.events.append(story.events[-1]._replace(
        kind="told", address=CLIENT, content=CommandAccepted(9, "account/U1-1")
    ))  # fmt: skip

    assert digest_of(story) == before
