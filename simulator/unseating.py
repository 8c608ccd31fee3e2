"""Taking one leader after another away, all but the first just after they were elected, and giving them back."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Final, assert_never

from simulator.agenda import Agenda
from simulator.events import AnyEvent, PartEnd, PartHard, PartLeader, PartOneway, Pause, Resume, Unseat, UnseatWay
from simulator.ids import NodeId

_ASKED_FOR: Final = 1.5
"""Requests are sent for so much longer than a leader is away."""
_ASK_IT: Final = 0.7
"""This share of them goes to that leader, as if it still led."""


class Unseating:
    """What becomes of an `unseat` event: it strikes at once, and whenever somebody begins to lead, so many times.

    `happen` makes an event happen, as if the configuration had it for that time; `leader` says who leads; `ask` has a
    client send a request to a replica.
    """

    def __init__(
        self,
        agenda: Agenda,
        rng: random.Random,
        *,
        happen: Callable[[float, AnyEvent], None],
        leader: Callable[[], NodeId | None],
        ask: Callable[[float, NodeId | None], None],
    ) -> None:
        self._agenda: Final = agenda
        self._rng: Final = rng
        self._happen: Final = happen
        self._leader: Final = leader
        self._ask: Final = ask
        self._order: Unseat | None = None
        self._left = 0
        self._pending = 0
        self._reigns = 0
        self._epoch = 0

    @property
    def is_on(self) -> bool:
        """Whether another leader is to be taken away, or anything that is due because of that is still to come."""
        return self._left > 0 or self._pending > 0

    def set(self, now: float, order: Unseat) -> None:
        """Take away who leads, and the leaders that follow, as `order` says, and no more as an earlier one did."""
        self.end()
        if order.times:
            self._order, self._left = order, order.times
            leader = self._leader()
            if leader is not None:
                self.leads(now, leader)

    def end(self) -> None:
        """Take away nobody any more; who is away stays so."""
        self._order, self._left, self._pending = None, 0, 0
        self._epoch += 1

    def leads(self, now: float, leader: NodeId) -> None:
        """Somebody has begun to lead, or leads again after it was away."""
        order = self._order
        if order is not None and self._left:
            self._left -= 1
            self._reigns += 1
            self._later(now, order.after_ms * self._rng.random(), partial(self._strike, order, leader, self._reigns))

    def _strike(self, order: Unseat, leader: NodeId, reign: int, now: float) -> None:
        """The leader of a reign is away, from now on and for a while; some clients have not heard of that."""
        self._happen(now, self._taken_away(now, order.way, leader))
        away_ms = order.lasts_ms * self._rng.random()
        for _ in range(order.flood):
            whom = leader if self._rng.random() < _ASK_IT else None
            self._later(now, away_ms * _ASKED_FOR * self._rng.random(), partial(self._ask_of, whom))
        self._later(now, away_ms, partial(self._give_back, leader, reign))

    def _ask_of(self, whom: NodeId | None, now: float) -> None:
        self._ask(now, whom)

    def _taken_away(self, now: float, way: UnseatWay, leader: NodeId) -> AnyEvent:
        match way:
            case "split":
                return PartLeader(time=now, replica=leader)
            case "hard":
                return PartHard(time=now)
            case "oneway":
                return PartOneway(time=now, replica=leader, direction=self._rng.choice(("send_only", "receive_only")))
            case "pause":
                return Pause(time=now, replica=leader)
            case _:
                assert_never(way)

    def _give_back(self, leader: NodeId, reign: int, now: float) -> None:
        """All are back; where nobody else has led since, the same leader is the next one."""
        self._happen(now, PartEnd(time=now))
        self._happen(now, Resume(time=now))
        if reign == self._reigns:
            self.leads(now, leader)

    def _later(self, now: float, ms: float, task: Callable[[float], None]) -> None:
        """So much later, unless it was ended, or ordered anew, by then."""
        epoch = self._epoch
        self._pending += 1

        def unless_ended(then: float) -> None:
            if self._epoch == epoch:
                self._pending -= 1
                task(then)

        self._agenda.at(now + ms / 1000, unless_ended)
