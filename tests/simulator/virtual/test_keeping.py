"""How much of its log a replica keeps: what a snapshot includes is dropped, unless somebody is to have it."""

from __future__ import annotations

import pytest

from messages.ids import LogIndex
from messages.snapshot import Change
from simulator.config import Config
from simulator.events import AnyEvent, Pause, RestartAll, Resume
from simulator.virtual import play
from simulator.virtual.keeping import KEEPS_LITTLE
from simulator.virtual.storage import WatchedStorage


def rules(*events: AnyEvent, durable: bool = False, every: int = 5) -> list[str]:
    """What was found in a run with many entries."""
    config = Config(
        lifetime=5,
        replicas=3,
        requests=80,
        mix=0.1,
        shared_keys=10,
        start_wait=3.0,
        durable=durable,
        environment={"RAFT_SNAPSHOT_ENTRIES": str(every), "RAFT_SNAPSHOT_MARGIN": "3"},
        extra_events=events,
    )
    return [finding.rule for finding in play(config, 1).findings]


def keep_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have replicas drop nothing."""
    real = WatchedStorage.save_snapshot

    def save(storage: WatchedStorage, last_included: LogIndex, changes: tuple[Change, ...], first: LogIndex) -> None:
        real(storage, last_included, changes, min(first, storage.first_index()))

    monkeypatch.setattr(WatchedStorage, "save_snapshot", save)


@pytest.mark.parametrize("durable", [False, True])
def test_who_drops_what_its_snapshot_includes_breaks_nothing(*, durable: bool) -> None:
    assert rules(durable=durable) == []


@pytest.mark.parametrize("durable", [False, True])
def test_who_keeps_everything_is_found_out(monkeypatch: pytest.MonkeyPatch, *, durable: bool) -> None:
    keep_everything(monkeypatch)
    assert KEEPS_LITTLE in rules(durable=durable)


def test_who_has_come_back_may_keep_what_its_disk_held(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_everything(monkeypatch)
    assert rules(durable=True, every=20) == [KEEPS_LITTLE] * 3
    assert rules(RestartAll(time=4.99, after_s=0.1), durable=True, every=20) == []


def test_who_gives_its_snapshot_keeps_what_is_to_follow() -> None:
    assert rules(Pause(time=1.0, replica="follower"), Resume(time=4.0)) == []
