"""Runs whose clients send the same request twice, for tests that play the replicas."""

from __future__ import annotations

import msgspec

from simulator.requests import Attempt
from tests.simulator.stage import Message, Stage, config, requests_in

LONGEST_S = 2.0
"""A request is sent again within this time."""


def staged(*, repeats: float = 100.0, requests: int = 1, mix: float = 0.0, seed: int = 1) -> Stage:
    """A run whose clients send so much twice, in percent."""
    asked = config(mix=mix, requests=requests, lifetime=10.0)
    return Stage(msgspec.structs.replace(asked, repeats=repeats), seed)


def twice(stage: Stage) -> tuple[Message, Message]:
    """The first request, and the same again."""
    first = stage.first_request()
    (second,) = requests_in(stage.until(LONGEST_S))
    return first, second


def attempt_of(stage: Stage, request: Message) -> Attempt:
    """What the run knows of it."""
    attempt = stage.run.clients.attempt(str(request["MID"]))
    assert attempt is not None
    return attempt


def to_two_replicas() -> tuple[Stage, Message, Message]:
    """A request that was sent to two of them."""
    for seed in range(40):
        stage = staged(seed=seed)
        first, second = twice(stage)
        if first["dst"] != second["dst"]:
            return stage, first, second
    raise AssertionError("some seed asks two replicas")
