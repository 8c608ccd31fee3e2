"""Running again replicas whose logs do not begin at 1: what a trail says otherwise of snapshots is found."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest
from msgspec.structs import replace as changed

from audit.__main__ import main
from audit.inspection import state_of
from audit.records import MEMORY, Did, Record, Took
from audit.replay import Kept, Replay
from audit.rerun import rerun
from audit.trails import NodeTrail
from tests.audit.altered import diverging, of, records
from tests.audit.noted_run import NotedRun
from tests.audit.restarted_run import RestartedRun
from tests.audit.stories import SMALL_SNAPSHOTS


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RestartedRun:
    return RestartedRun(tmp_path_factory.mktemp("restarted"))


def with_kind(run: RestartedRun, kind: str) -> NodeTrail:
    """The first trail that shows a message or a call of this kind."""
    return next(trail for trail in run.trails.nodes if any(_kind(each) == kind for each in records(trail)))


def _kind(record: Record) -> str:
    match record:
        case Took():
            return record.type
        case Did():
            return record.call
        case _:
            return ""


def test_every_record_is_what_the_actors_do_before_a_restart_and_behind_it(run: RestartedRun) -> None:
    results = [rerun(trail) for trail in run.trails.nodes]
    assert [(each.divergence, each.failure, each.stopped) for each in results] == [(None, None, None)] * 6
    assert min(each.replayed for each in results) > 100


def test_the_whole_run_verifies(run: RestartedRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(run.directory)]) == 0
    assert "held    a snapshot says what the log up to its last entry says (Raft §7)" in capsys.readouterr().out


def test_a_process_begins_with_the_snapshot_and_the_entries_that_are_kept(run: RestartedRun) -> None:
    """What its storage holds by then is what the process before it had made durable, or a little more."""
    for node in ("0000", "0001", "0002"):
        before, after = (_run_again(run.trail(name)) for name in (node, f"{node}.2"))
        assert after.first_index > 1
        assert after.snapshot_index >= before.snapshot_index - 20 > 0
        assert after.first_index <= after.snapshot_index + 1 <= after.last_index + 1
        assert after.records > 0


def _run_again(trail: NodeTrail) -> Kept:
    """What the storage of a first process holds at its end, and that of a second when it starts."""
    assert trail.opened is not None
    replay = Replay(trail.opened)
    for each in records(trail):
        if isinstance(each, Took):
            if trail.incarnation > 1 and each.type == "Start":
                break
            replay.deliver(each)
    return replay.storage.kept()


def test_every_delivery_leaves_the_state_that_the_actor_really_had(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Also while parts of a snapshot are read, sent, staged and installed."""
    noted = NotedRun(tmp_path_factory.mktemp("noted"), 5, changes=SMALL_SNAPSHOTS)
    seen = set()
    for trail in noted.trails.nodes:
        assert trail.opened is not None
        replay = Replay(trail.opened)
        for each in records(trail):
            seen.add(_kind(each))
            if isinstance(each, Took):
                replay.deliver(each)
                if each.actor != "socket_reader":
                    assert state_of(replay.actors[each.actor]) == noted.noted[trail.name, each.actor, each.n]
    assert {"save_snapshot", "install_snapshot", "TakeChunk", "StoreChunk", "ReadChunk", "ChunkTaken"} <= seen


# --- what a trail says otherwise ---------------------------------------------------------------------------------

FORGED: Final = [
    ("save_snapshot", "last_included", 1),
    ("save_snapshot", "first", 1),
    ("save_snapshot", "changes", [["v/k", "forged"]]),
    ("install_snapshot", "last_included", 1),
    ("install_snapshot", "term", 9),
    ("install_snapshot", "records", []),
    ("SaveSnapshot", "changes", []),
    ("SaveSnapshot", "last_included_index", 3),
    ("ReadChunk", "offset", 0),
    ("ChunkTaken", "offset", 0),
    ("StoreChunk", "chunk.records", []),
    ("TakeChunk", "chunk.records", []),
    ("TakeChunk", "chunk.last_included_index", 1),
    ("ChunkRead", "chunk.records", [["v/k", "forged"]]),
    ("ChunkRead", "chunk.last_included_term", 9),
]


@pytest.mark.parametrize(("kind", "path", "value"), FORGED)
def test_what_is_forged_of_a_snapshot_is_found(run: RestartedRun, kind: str, path: str, value: object) -> None:
    trail = with_kind(run, kind)
    forged = records(trail)
    place = max(place for place, each in enumerate(forged) if _kind(each) == kind)
    forged[place] = _forged(forged[place], path, value)
    diverging(rerun(of(trail, forged)))


def _forged(record: Record, path: str, value: object) -> Record:
    """The same, with another value at `path`."""
    assert isinstance(record, Took | Did)
    content = msgspec.json.decode(record.message if isinstance(record, Took) else record.value)
    *way, last = path.split(".")
    inner = content
    for name in way:
        inner = inner[name]
    assert inner[last] != value
    inner[last] = value
    forged = msgspec.Raw(msgspec.json.encode(content))
    return changed(record, message=forged) if isinstance(record, Took) else changed(record, value=forged)


def test_another_snapshot_to_begin_with_is_found_by_what_comes_of_it(run: RestartedRun) -> None:
    """Nobody told it; but what it says is told to the state machine."""
    trail = with_kind(run, "RestoredChunk")
    forged = records(trail)
    place = next(place for place, each in enumerate(forged) if _kind(each) == "RestoredChunk")
    forged[place] = _forged(forged[place], "chunk.records", [["v/k", "forged"]])
    divergence = diverging(rerun(of(trail, forged)))
    assert "TakeChunk" in divergence.expected


def test_a_call_that_the_log_store_does_not_make_is_found(run: RestartedRun) -> None:
    trail = with_kind(run, "save_snapshot")
    kept = [each for each in records(trail) if _kind(each) != "save_snapshot"]
    assert "save_snapshot" in diverging(rerun(of(trail, kept))).expected


# --- a disk that hangs -------------------------------------------------------------------------------------------


def stuck(trail: NodeTrail, call: str) -> list[Record]:
    """The trail as it would be, had the log store never come back from its disk behind such a call."""
    whole = records(trail)
    end_s = whole[-1].at
    place = max(place for place, each in enumerate(whole) if _kind(each) == call and each.at < end_s - 1.5)
    later = (each for each in whole[place + 1 :] if not (isinstance(each, Took | Did) and each.actor == "log_store"))
    return [*whole[: place + 1], *later]


@pytest.mark.parametrize("call", ["append", "sync"])
def test_a_log_store_that_waits_for_its_disk_takes_nothing_and_is_not_to_blame(run: RestartedRun, call: str) -> None:
    trail = run.trail("0000")
    assert trail.opened is not None
    assert trail.opened.storage != MEMORY
    assert rerun(of(trail, stuck(trail, call))).divergence is None
