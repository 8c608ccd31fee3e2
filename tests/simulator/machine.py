"""A stage on which processes end as they are told to."""

from __future__ import annotations

from simulator.actions import Action, Exit, Terminate
from simulator.cluster import State
from simulator.events import AnyEvent
from simulator.ids import NodeId
from tests.simulator.stage import LEADER, START_WAIT_S, Stage, config


class Machine(Stage):
    """Three replicas, one of which leads (or nobody); a process ends as soon as it is told to, while `ends` is true."""

    def __init__(self, *events: AnyEvent, requests: int = 1, leader: str | None = LEADER, seed: int = 1) -> None:
        super().__init__(config(*events, requests=requests, mix=0.0), seed)
        self.ends = True
        if leader is not None:
            self.say(leader, "FFFF", "append", leader, term=4, commit_index=9)

    def until(self, time_s: float) -> list[Action]:
        """Let time pass; what is terminated is gone at once."""
        actions: list[Action] = []
        while (due := self.run.next_time) is not None and due <= time_s + START_WAIT_S:
            self.now = due
            actions += self.ended(self.run.advance(due))
        self.now = time_s + START_WAIT_S
        return actions

    def ended(self, actions: list[Action]) -> list[Action]:
        """These actions, and what follows when their processes are gone."""
        following = []
        for action in actions:
            if isinstance(action, Terminate) and self.ends:
                following += self.run.exited(self.now, action.replica, Exit(code=0))
        return actions + following

    def state(self, name: NodeId = LEADER) -> State:
        return self.run.cluster.replicas[name].state

    @property
    def texts(self) -> list[str]:
        return [entry.text for entry in self.run.journal.entries]
