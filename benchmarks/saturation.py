"""How many puts a second a few replicas answer, when there is always more to do: real processes, and a bare network."""

from __future__ import annotations

from typing import Final

from benchmarks.loads import Saturating
from benchmarks.small_cluster import SmallCluster

VALUE: Final = "v" * 32
KEYS: Final = 1000
WARM_UP_S: Final = 1.0


def puts_a_second(environment: dict[str, str], seconds: float) -> float:
    """The rate of answers `ok` over so many seconds, after a warm-up; exits when nobody ever leads.

    `environment` is added to that of the replicas.
    """
    with SmallCluster(environment) as cluster:
        cluster.wait_for_leader()
        client = Saturating(cluster, keys=KEYS, value=VALUE)
        client.play(seconds=WARM_UP_S)
        return client.play(seconds=seconds)
