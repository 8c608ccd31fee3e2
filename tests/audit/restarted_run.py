"""Durable replicas in virtual time that leave trails: some lag so far that they need a snapshot, and all restart."""

import json
from pathlib import Path
from typing import Final

from audit.reading import NodeTrail, Trails, read
from simulator.program import main

_SCENARIO: Final = {
    "lifetime": 9,
    "replicas": 3,
    "requests": 300,
    "mix": 0.2,
    "durable": True,
    "environment": {"RAFT_SNAPSHOT_ENTRIES": "10", "RAFT_SNAPSHOT_MARGIN": "3", "RAFT_BATCH_BYTES": "600"},
    "events": [{"type": "part_hard", "time": 1}, {"type": "part_end", "time": 4}],
    "extra_events": [{"type": "restart_all", "time": 6}],
}


class RestartedRun:
    """Its trails: of each replica `0000` to `0002` two, for two processes."""

    def __init__(self, scratch: Path, seed: int = 1) -> None:
        scenario, trails = scratch / "restarted.json", scratch / "trails"
        scenario.write_text(json.dumps(_SCENARIO))
        code = main([str(scenario), "--virtual", "--plain", "--seed", str(seed), "--trails", str(trails)])
        assert code == 0, "the run itself is right"
        (self.directory,) = trails.iterdir()
        self.trails: Final[Trails] = read(self.directory)

    def trail(self, name: str) -> NodeTrail:
        """That of one process: `0001`, `0001.2`."""
        (found,) = [trail for trail in self.trails.nodes if trail.name == name]
        return found
