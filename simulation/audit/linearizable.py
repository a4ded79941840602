"""Is there an order that explains what the clients of one account saw (A20)?

A history is a set of operations, each with the moments of its call and of its answer. It is
linearizable if its operations can be put into one sequence that keeps the order of those that
did not overlap, and in which each gets the answer it got from an account that does one thing
after the other. The search is that of Wing and Gong ("Testing and verifying concurrent objects",
1993), which never visits the same set of operations twice (after Lowe, "Testing for
linearizability", 2017): effects only add up, so what has taken place determines the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from actors.domain.money import dollars
from actors.messages.base import CommandId

WINDOW: Final = 16
"""Most operations of a window; one that grows beyond is not judged."""
_STEPS_AT_MOST: Final = 20_000
_NEVER: Final = 2**62


class State(Struct, frozen=True):
    """What clients can see of an account.

    Attributes:
        shares: Quantity, and how much of it is held, of each symbol.
        open_orders: The commands that placed them.
    """

    cash: int
    held: int
    shares: Mapping[str, tuple[int, int]]
    open_orders: frozenset[CommandId] = frozenset()

    def moved(self, symbol: str, quantity: int, held: int) -> dict[str, tuple[int, int]]:
        """Return the shares after so many came in, and so many more are held."""
        before = self.shares.get(symbol, (0, 0))
        after = (before[0] + quantity, before[1] + held)
        rest = {name: amounts for name, amounts in self.shares.items() if name != symbol}
        return rest | {symbol: after} if after != (0, 0) else rest


class MoveCash(Struct, frozen=True):
    """A deposit, or with a negative amount a withdrawal, that was carried out or not covered."""

    amount: int
    is_done: bool = True

    def apply(self, state: State) -> State | None:
        """Return the state after it, or None if it cannot be answered so in this one."""
        is_covered = state.cash + self.amount >= state.held or self.amount > 0
        if is_covered is not self.is_done:
            return None
        if not self.is_done:
            return state
        cash = state.cash + self.amount
        return State(cash, state.held, state.shares, state.open_orders)

    def __str__(self) -> str:
        return f"{dollars(self.amount)} {'moved' if self.is_done else 'not covered'}"


class TakeShares(Struct, frozen=True):
    """A transfer that was carried out."""

    symbol: str
    quantity: int

    def apply(self, state: State) -> State | None:
        """Return the state after it."""
        shares = state.moved(self.symbol, self.quantity, 0)
        return State(state.cash, state.held, shares, state.open_orders)

    def __str__(self) -> str:
        return f"{self.quantity:,} {self.symbol} came in"


class Place(Struct, frozen=True):
    """An order that was accepted, or not covered."""

    command_id: CommandId
    is_buy: bool
    symbol: str
    hold: int
    is_done: bool = True

    def apply(self, state: State) -> State | None:
        """Return the state after it, or None if it cannot be answered so in this one."""
        quantity, held = state.shares.get(self.symbol, (0, 0))
        available = state.cash - state.held if self.is_buy else quantity - held
        if (self.hold <= available) is not self.is_done:
            return None
        if not self.is_done:
            return state
        placed = state.open_orders | {self.command_id}
        if self.is_buy:
            return State(state.cash, state.held + self.hold, state.shares, placed)
        return State(state.cash, state.held, state.moved(self.symbol, 0, self.hold), placed)

    def __str__(self) -> str:
        need = dollars(self.hold) if self.is_buy else f"{self.hold:,} {self.symbol}"
        return f"order {self.command_id} for {need} {'accepted' if self.is_done else 'not covered'}"


class Settle(Struct, frozen=True):
    """The end of an order: what it moved, and the release of its hold."""

    placed: Place
    quantity: int
    price: int

    def apply(self, state: State) -> State | None:
        """Return the state after it, or None if its order is not open."""
        placed, amount = self.placed, self.quantity * self.price
        if placed.command_id not in state.open_orders:
            return None
        rest = state.open_orders - {placed.command_id}
        if placed.is_buy:
            shares = state.moved(placed.symbol, self.quantity, 0)
            return State(state.cash - amount, state.held - placed.hold, shares, rest)
        shares = state.moved(placed.symbol, -self.quantity, -placed.hold)
        return State(state.cash + amount, state.held, shares, rest)

    def __str__(self) -> str:
        return f"order {self.placed.command_id} ended, {self.quantity:,} at {dollars(self.price)}"


class Read(Struct, frozen=True):
    """What a client read: cash, held, and of each symbol the quantity and how much is held."""

    cash: int
    held: int
    shares: Mapping[str, tuple[int, int]]

    def apply(self, state: State) -> State | None:
        """Return the same state, or None if it is not the one that was read."""
        seen = (self.cash, self.held, self.shares)
        return state if seen == (state.cash, state.held, state.shares) else None

    def __str__(self) -> str:
        shares = "".join(f", {count:,} {name}" for name, (count, _) in self.shares.items())
        return f"read {dollars(self.cash)}, held {dollars(self.held)}{shares}"


Effect: TypeAlias = MoveCash | TakeShares | Place | Settle | Read


class Operation(Struct):
    """One thing that a client asked for.

    Attributes:
        called: When, as a number that rises with each call and answer.
        answered: When; None while it is not.
        effect: What it did, going by the answer.
    """

    called: int
    answered: int | None
    effect: Effect


class Undecided(Exception):  # noqa: N818 - named for what happened
    """The search took too many steps."""


def linearized(operations: Sequence[Operation], state: State) -> State | None:
    """Search for a sequence of operations that explains their answers.

    Args:
        operations: Those without an answer may have taken place or not.
        state: Before the first of them.

    Returns:
        The state after them all, or None if no sequence explains them.

    Raises:
        Undecided: After too many steps.
    """
    calls = [operation.called for operation in operations]
    answers = [_NEVER if o.answered is None else o.answered for o in operations]
    needed = sum(1 << n for n, answer in enumerate(answers) if answer != _NEVER)
    todo, visited, steps = [(0, state)], {0}, 0
    while todo:
        taken, before = todo.pop()
        if taken & needed == needed:
            return before
        left = [n for n in range(len(operations)) if not taken >> n & 1]
        soonest = min(answers[n] for n in left)
        for n in left:
            then = taken | 1 << n
            if calls[n] > soonest or then in visited:
                continue
            steps += 1
            after = operations[n].effect.apply(before)
            if after is not None:
                visited.add(then)
                todo.append((then, after))
        if steps > _STEPS_AT_MOST:
            raise Undecided
    return None


class History:
    """What the clients of one account see, window by window.

    A window ends when nothing is under way: no command without its answer, no order without
    its report. Then its operations are judged and forgotten, and the next one goes on from the
    state they lead to. A window that grows too large, or in which something happens that no
    client was heard to ask for, is given up; the next begins from the state that the journal
    says, when nothing is under way.

    Args:
        report: Called with a sentence when a window cannot be explained.
        state: What the journal says that the state is; None while an order is open.
    """

    __slots__ = (
        "_done", "_known", "_moment", "_report", "_reported", "_state", "_under_way", "judged",
    )  # fmt: skip

    def __init__(self, report: Callable[[str], None], state: Callable[[], State | None]) -> None:
        self._report = report
        self._state = state
        self._under_way: dict[tuple[CommandId, bool], int] = {}  # of commands, and of orders
        self._reported: set[CommandId] = set()  # before it was told that they are accepted
        self._done: list[Operation] = []
        self._known: State | None = state()  # before the window; None after one was given up
        self._moment = 0
        self.judged = 0  # operations

    def asked(self, command_id: CommandId) -> None:
        """Take a call; only the first under its id counts until it is answered."""
        if (command_id, False) in self._under_way:
            return
        self._moment += 1
        self._under_way[command_id, False] = self._moment
        if len(self._under_way) + len(self._done) > WINDOW:
            self.give_up()

    def told(self, command_id: CommandId, effect: Effect | None) -> None:
        """Take an answer, and what it says was done; None where it says nothing."""
        called = self._under_way.pop((command_id, False), None)
        if called is None:
            return
        self._moment += 1
        if command_id in self._reported:
            self._reported.discard(command_id)  # the report has told all that there is to tell
        elif effect is not None:
            self._take(called, effect)
            if type(effect) is Place and effect.is_done:
                self._under_way[command_id, True] = called
        if not self._under_way:
            self._end_window()

    def accepted(self, command_id: CommandId, placed: Place | None) -> None:
        """Take that an order was accepted; None if it is not known any more what it held."""
        is_news = (command_id, False) in self._under_way and command_id not in self._reported
        if is_news and placed is None:
            self.give_up()
        self.told(command_id, placed)

    def reported(self, settle: Settle) -> None:
        """Take the report of an order, which tells of its end, and may be the first word of it."""
        command_id = settle.placed.command_id
        self._moment += 1
        called = self._under_way.pop((command_id, True), None)
        if called is None:
            called = self._under_way.get((command_id, False))
            if called is None or command_id in self._reported:
                return
            self._reported.add(command_id)
            self._take(called, settle.placed)
        self._take(called, settle)
        if not self._under_way:
            self._end_window()

    def _take(self, called: int, effect: Effect) -> None:
        if self._known is not None:
            self._done.append(Operation(called, self._moment, effect))

    def decided(self, command_id: CommandId) -> None:
        """Take that the account did something; nobody may have been heard to ask for it."""
        under_way = self._under_way
        if (command_id, False) not in under_way and (command_id, True) not in under_way:
            self.give_up()

    def give_up(self) -> None:
        """Judge nothing until nothing is under way."""
        self._known = None
        self._done.clear()

    def _end_window(self) -> None:
        done, self._done = self._done, []
        if self._known is None:
            self._known = self._state()
            return
        before = self._known
        try:
            self._known = linearized(done, before)
        except Undecided:
            self._known = self._state()
            return
        self.judged += len(done)
        if self._known is None:
            self._report(_unexplained(done, before))
            self._known = self._state()


def _unexplained(done: Sequence[Operation], before: State) -> str:
    told = "; ".join(f"[{o.called}-{o.answered}] {o.effect}" for o in done)
    return (
        f"from {dollars(before.cash)} in cash, {dollars(before.held)} of it held, no sequence "
        f"explains what the clients saw: {told}"
    )
