"""Which scenarios a failing one may be reduced to: those in which what it shows is still the replica's fault.

Safety must hold whatever goes wrong. But that somebody is elected and all is answered is only promised where the faults
end, a majority lives, and the settings suit the network; a reduced scenario in which that is not so would fail as well
and show nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from actors.settings import Settings, SettingsError, settings_from
from simulator.config import Config
from simulator.events import (
    AnyEvent,
    Buffers,
    Corrupt,
    CutLink,
    Delay,
    DiskError,
    DiskFlip,
    DiskMisdirect,
    Drops,
    Duplicate,
    Heal,
    Hostile,
    KillLeader,
    KillNonLeader,
    LateTimers,
    PartEasy,
    PartEnd,
    PartHard,
    PartLeader,
    PartOneway,
    PartStar,
    Pause,
    Reorder,
    Resume,
    Slow,
    Unseat,
    Wipe,
    type_of,
)
from simulator.explore.lots import CRASHED
from simulator.explore.shrinking_trials import Failure
from simulator.limits import problems

_SAFETY: Final = frozenset({"assertions", "Raft's rules", "linearizability"})
_CUTS: Final = "cuts"
_LOST: Final = (KillLeader, KillNonLeader, DiskError, DiskFlip, DiskMisdirect, Wipe)
"""What takes a replica away for good, or its vote."""
_STARTS_WITHIN_S: Final = 0.4
_START_WAIT_MS: Final = Settings().start_wait_ms
_REFUSING_MS_MIN: Final = 4.0
"""Who is refused asks again at once: where that takes no time, it happens a great many times."""


def is_safety(failure: Failure) -> bool:
    """Whether what failed must hold under all circumstances, unlike a promise for when all is well again.

    Of what clients are owed, only that all is answered is such a promise; that is judged when the run is over.
    """
    finding = failure.finding
    was_early = finding.checker == "answers" and finding.at < failure.config.lifetime
    return finding.checker in _SAFETY or was_early or finding.rule == CRASHED


def allowed_from(first: Failure) -> Callable[[Config], bool]:
    """Says of a scenario whether it is valid and, unless safety is at stake, lacks nothing that `first` has.

    No safety can be asked of replicas that come back without what they had promised, unless that is what `first` shows.
    """
    before = None if is_safety(first) else frozenset(lacks(first.config))

    def is_allowed(config: Config) -> bool:
        if any(problems(config)) or _settings(config) is None or config.is_amnesiac > first.config.is_amnesiac:
            return False
        return before is None or before.issuperset(lacks(config))

    return is_allowed


def lacks(config: Config) -> Iterator[str]:
    """What the scenario denies to replicas that are to become well again, in words."""
    if not _ends_whole(config):
        yield "something stays wrong"
    if not any(isinstance(event, Heal) and event.time == config.lifetime for event in config.all_events):
        yield "nothing heals when the lifetime is over"
    if sum(isinstance(event, _LOST) for event in config.all_events) > (config.replicas - 1) // 2:
        yield "a majority may be killed"
    if config.gets >= config.requests:
        yield "nothing is put"
    settings = _settings(config)
    if settings is not None:
        yield from _misfits(config, settings)


def _settings(config: Config) -> Settings | None:
    """The replicas' settings, or None when they cannot be."""
    try:
        return settings_from({name: value for name, value in config.environment.items() if name.startswith("RAFT_")})
    except SettingsError:
        return None


def _misfits(config: Config, settings: Settings) -> Iterator[str]:
    """Settings that keep a cluster from ever being well on machines of this kind."""
    low_ms, high_ms = config.virtual.latency_ms
    least, most = settings.election_timeout_min_ms, settings.election_timeout_max_ms
    if least < round(16 * high_ms):
        yield "an election timeout hardly gives a heartbeat time to arrive"
    if most < round(least + 4 * high_ms + 20):
        yield "election timeouts are too close for votes not to be split"
    if settings.campaign_retry_ms < round(5 * high_ms) + 5:
        yield "a campaign is repeated before it can be answered"
    if settings.requests_open_max < config.requests and low_ms < _REFUSING_MS_MIN:
        yield "refusals take no time"
    if settings.start_wait_ms > _START_WAIT_MS:
        yield "replicas wait for longer after each start than by default"
    if config.late_start is not None and config.late_start.delay + _STARTS_WITHIN_S > _silence_s(config, settings):
        yield "a replica starts after others talk to it"


def _silence_s(config: Config, settings: Settings) -> float:
    """For how long after the start no replica says anything to another, by the fastest of clocks."""
    waited_ms = settings.start_wait_ms + settings.start_wait_per_peer_ms * (config.replicas - 1)
    return (waited_ms + settings.election_timeout_min_ms) / 1000 / (1 + settings.clock_error_percent / 100)


def _ends_whole(config: Config) -> bool:
    """Whether all that goes wrong is over once all events have happened."""
    wrong = {"drops"} if config.drops else set[str]()
    for event in config.all_events:
        _follow(wrong, event)
    return not wrong


def _follow(wrong: set[str], event: AnyEvent) -> None:
    """What is wrong after an event."""
    paused = {each for each in wrong if each.startswith("pause")}
    match event:
        case Heal():
            wrong &= paused
        case PartEnd():
            wrong.discard(_CUTS)
        case PartEasy() | PartHard() | PartLeader() | PartOneway() | PartStar() | CutLink():
            wrong.add(_CUTS)
        case Pause():
            wrong.add(f"pause {event.replica}")
        case Unseat(way="pause") if event.times:
            wrong.add("pause leader")
        case Resume():
            wrong -= paused if event.replica == "all" else {f"pause {event.replica}"}
        case _:
            _follow_fault(wrong, event)


def _follow_fault(wrong: set[str], event: AnyEvent) -> None:
    """The same, of those that are on until they are set to nothing."""
    match event:
        case Drops() | Duplicate() | Delay() | Reorder() | Corrupt() | Slow():
            amount: float = event.rate
        case Hostile():
            amount = event.per_second
        case LateTimers():
            amount = event.max_ms
        case Buffers():
            amount = event.datagrams
        case Unseat():
            amount = event.times
        case _:
            return
    (wrong.add if amount else wrong.discard)(type_of(event))
