"""Everything that a summary says of a run, gathered in one pass over its records."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from audit.merge import merged
from audit.problems import Problem
from audit.records import Did, Event, Took
from audit.summary_progress import Commits, Progress
from audit.summary_requests import Latency, OfNode, Requests, latency_of
from audit.summary_roles import Campaign, Leadership, Roles, Turn
from audit.summary_snapshots import Snapshots, SnapshotsOf
from audit.summary_traffic import Traffic, TypeCount
from audit.timeline_filter import actor_of
from audit.timeline_text import name_of
from audit.times import Times, times_of
from audit.trails import NodeTrail, Trails

Names: TypeAlias = tuple[str, ...]

_FRESH_MAX_S: Final = 5.0
"""A replica that lives writes more often than that, but for one that nobody speaks to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One incarnation of a replica: from when to when its trail is, in seconds since the run began, and how it ends."""

    name: str
    began_at: float
    ended_at: float
    ending: str
    """`stopped` when it said so, `failed` with why, `running` when its file was written to just now, else `cut off`."""
    level: str
    records: int
    size_bytes: int
    by_actor: dict[str, int]
    shed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run; times are in seconds since it began."""

    directory: Path
    duration_s: float
    problems: tuple[Problem, ...]
    lives: tuple[Life, ...]
    campaigns: tuple[Campaign, ...]
    leaderships: tuple[Leadership, ...]
    turns: dict[str, list[Turn]]
    terms_without_leader: tuple[int, ...]
    terms_with_two_leaders: tuple[tuple[int, Names], ...]
    progress: Progress
    commit_rate: float | None
    """Entries a second, between the first commit and the last."""
    snapshots: dict[str, SnapshotsOf]
    requests: dict[str, OfNode]
    latencies: dict[str, Latency]
    fails: dict[str, int]
    messages: tuple[TypeCount, ...]
    """Empty where messages were not recorded."""
    dropped: dict[str, int]

    @property
    def names(self) -> Names:
        """The trails, in order."""
        return tuple(life.name for life in self.lives)


def summary_of(trails: Trails, *, now_s: float) -> Summary:
    """Gather everything; `now_s`, in seconds since 1970, tells a run that goes on from one that is over."""
    return _Gathering(trails).summary(now_s)


class _Gathering:
    """One pass over the records in the order of cause and effect; each part looks at what concerns it."""

    def __init__(self, trails: Trails) -> None:
        self._trails: Final = trails
        self._times: Final = times_of(trails)
        self._roles: Final = Roles()
        self._requests: Final = Requests()
        self._commits: Final = Commits()
        self._snapshots: Final = Snapshots()
        self._traffic: Final = Traffic(frozenset(trail.node for trail in trails.nodes))
        for located in merged(trails):
            record = located.record
            if isinstance(record, Event):
                self._look(name_of(located), record)
            elif isinstance(record, Took):
                self._traffic.take(record)
                self._requests.take(name_of(located), record)
                self._snapshots.take(name_of(located), record)
            elif isinstance(record, Did):
                self._traffic.send(record)

    def _look(self, name: str, event: Event) -> None:
        at = self._times.since_start(event)
        self._roles.look(name, event, at)
        self._requests.look(name, event)
        self._commits.look(name, event, at)
        self._snapshots.look(name, event)
        self._traffic.look(event)

    def summary(self, now_s: float) -> Summary:
        """What came of it."""
        trails = self._trails
        lives = tuple(_life(trail, self._times, trails.directory, now_s) for trail in trails.nodes)
        end = max(life.ended_at for life in lives)
        return Summary(
            directory=trails.directory,
            duration_s=end,
            problems=trails.problems,
            lives=lives,
            campaigns=tuple(sorted(self._roles.campaigns, key=lambda campaign: campaign.began_at)),
            leaderships=tuple(self._roles.leaderships),
            turns=self._roles.turns,
            terms_without_leader=self._roles.terms_without_leader(),
            terms_with_two_leaders=tuple(self._roles.terms_with_two_leaders()),
            progress=self._commits.progress(tuple(life.name for life in lives), end),
            commit_rate=self._commits.rate(),
            snapshots=self._snapshots.nodes,
            requests=self._requests.nodes,
            latencies={kind: of for kind, all_ms in self._requests.latencies_ms.items() if (of := latency_of(all_ms))},
            fails=dict(self._requests.fails),
            messages=self._traffic.types(),
            dropped=dict(self._traffic.dropped.most_common()),
        )


def _life(trail: NodeTrail, times: Times, directory: Path, now_s: float) -> Life:
    files = [(directory / file).stat() for file in trail.files]
    by_actor = Counter(actor_of(located.record) for located in trail.records)
    return Life(
        name=trail.name,
        began_at=times.since_start(trail.records[0].record),
        ended_at=times.since_start(trail.records[-1].record),
        ending=_ending(trail, is_fresh=now_s - max(file.st_mtime for file in files) < _FRESH_MAX_S),
        level=trail.level,
        records=len(trail.records),
        size_bytes=sum(file.st_size for file in files),
        by_actor=dict(by_actor.most_common()),
        shed=trail.shed,
    )


def _ending(trail: NodeTrail, *, is_fresh: bool) -> str:
    """Its last words, which may not be quite the last record: other threads go on for a moment."""
    for located in reversed(trail.records[-100:]):
        event = located.record
        if isinstance(event, Event) and event.event == "node.failed":
            return f"failed: {event.fields.get('error')}"
        if isinstance(event, Event) and event.event == "node.stopped":
            return "stopped"
    return "running" if is_fresh else "cut off"
