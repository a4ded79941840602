"""What the explorer draws and measures besides: early faults, overflow, the exchange's table."""

from __future__ import annotations

import msgspec

from actors.domain.orders import Reason
from actors.exchange import Reply, StockExchange
from simulation.explore import Cast
from simulation.explore.hunt import play_quietly
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis

SEEDS = range(300)


def test_some_worlds_begin_with_faults_before_the_first_command(basis: Basis) -> None:
    early = [world for seed in SEEDS if (world := world_of(basis, seed)).begins_faulty]

    assert len(SEEDS) / 20 < len(early) < len(SEEDS) / 5
    assert any(play_quietly(world).decisions.get(0) for world in early[:5])


def test_full_mailboxes_refuse_the_newest_or_drop_the_oldest(basis: Basis) -> None:
    machines = [world_of(basis, seed).machines for seed in SEEDS]
    drawn = {(some.mailbox_capacity < 100, some.drops_oldest) for some in machines}

    assert drawn == {(True, True), (True, False), (False, False)}


class Remembering(StockExchange):
    """Takes everything in, and forgets nothing that it has answered."""

    def refusal_of_load(self) -> Reason | None:
        return None

    def answer(self, reply: Reply) -> None:
        waiting = self.in_flight[reply.account, reply.command_id]
        super().answer(reply)
        self.in_flight[reply.account, reply.command_id] = waiting


def test_an_exchange_that_awaits_more_than_it_may_is_found(basis: Basis) -> None:
    world = world_of(basis, 0, with_faults=False)
    market = msgspec.structs.replace(world.market, in_flight_limit=1)

    verdict = play_quietly(
        msgspec.structs.replace(world, market=market), Cast(exchange=Remembering)
    )

    assert "A21" in verdict.broken
