"""When clients send their requests, and of which kind."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from simulator.agenda import Agenda
from simulator.clients import Clients
from simulator.config import Config
from simulator.ids import NodeId
from simulator.requests import Kind

_BURST_CHECK_S: Final = 0.05


class Workload:
    """Lets the clients ask: spread evenly over the lifetime, or in a burst as fast as answers come."""

    def __init__(
        self, config: Config, clients: Clients, agenda: Agenda, rng: random.Random, finish: Callable[[float], None]
    ) -> None:
        self._config = config
        self._clients = clients
        self._agenda = agenda
        self._finish = finish
        gets: list[Kind] = ["get"] * config.gets
        puts: list[Kind] = ["put"] * (config.requests - config.gets)
        self._kinds = gets + puts
        self._rng = rng
        rng.shuffle(self._kinds)
        self._finishing = False

    @property
    def unsent(self) -> int:
        """How many requests have not been sent yet."""
        return len(self._kinds)

    def begin(self, now: float) -> None:
        """Send the first request, or the first of a burst."""
        if self._config.burst:
            self._check_burst(now)
        else:
            self._ask(now)

    def answered(self, now: float) -> None:
        """Note that a request was answered: in a burst, there is room for the next."""
        if not self._config.burst or self._finishing or now > self._last_time:
            return
        while self._kinds and self._clients.can_ask and self._clients.in_flight < self._config.burst:
            self._clients.ask(now, self._kinds.pop())
        if not self._kinds and self._clients.in_flight == 0:
            self._finishing = True
            self._agenda.at(now + self._config.end_wait, self._finish)

    def flood(self, now: float, count: int) -> None:
        """Send so many requests more, all at once, as many of them gets as the configuration has it."""
        gets = round(count * self._config.mix)
        kinds: list[Kind] = ["get" if number < gets else "put" for number in range(count)]
        self._rng.shuffle(kinds)
        for kind in kinds:
            self._clients.ask(now, kind)

    def one_more(self, now: float, whom: NodeId | None) -> None:
        """Send one more request, a get or a put by chance, to whom its client believes to lead, or to `whom`."""
        self._clients.ask(now, "get" if self._rng.random() < self._config.mix else "put", whom)

    @property
    def _last_time(self) -> float:
        return self._config.start_wait + self._config.lifetime

    def _ask(self, now: float) -> None:
        """Send the next request, and enter the one after it."""
        self._clients.ask(now, self._kinds.pop())
        if self._kinds:
            share_sent = 1 - len(self._kinds) / self._config.requests
            self._agenda.at(self._config.start_wait + self._config.lifetime * share_sent, self._ask)

    def _check_burst(self, now: float) -> None:
        """Go on with a burst from time to time without an answer: those that were waited for may have died."""
        self.answered(now)
        if not self._finishing and now <= self._last_time:
            self._agenda.at(now + _BURST_CHECK_S, self._check_burst)
