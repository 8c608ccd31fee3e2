"""What a summary says of snapshots, and of writes that came again."""

from pathlib import Path

import pytest

from audit.reading import read
from audit.summary_anomalies import anomalies_of
from audit.summary_facts import Summary, summary_of
from audit.summary_snapshots import SnapshotsOf
from audit.summary_text import text_of
from audit.timeline_text import Painter
from tests.audit.small_run import small_run
from tests.audit.test_summary import NOW_S, sentences, written
from tests.audit.trails import Replica, replicas


@pytest.fixture
def cluster() -> tuple[Replica, ...]:
    return replicas()


def section(summary: Summary) -> list[str]:
    """The lines about snapshots, without their title."""
    text = text_of(summary, width=100, painter=Painter(coloured=False))
    return [line.strip() for line in text.partition("\nSnapshots\n")[2].partition("\n\n")[0].splitlines()]


def lagging(first: Replica, second: Replica) -> None:
    """0001 takes two snapshots; 0002 lags, and is sent the latter."""
    first.says(1, "snapshot.saved", "log_store", last_included=10, changes=9, first=6)
    first.says(2, "snapshot.saved", "log_store", last_included=20, changes=9, first=16)
    first.says(2.5, "snapshot.sent", "replicator/0002", peer="0002", last_included=20)
    first.says(2.6, "snapshot.resent", "replicator/0002", peer="0002", offset=0)
    second.says(2.7, "snapshot.refused", src="0001", last_included=20, reason="out_of_order")
    first.says(3, "snapshot.held_back", "log_store", last_included=30)
    second.says(4, "snapshot.installed", "log_store", last_included=20, records=12)
    second.says(4, "state.replaced", "state_machine", last=20, keys=10)


def test_without_snapshots_there_are_none(tmp_path: Path) -> None:
    small_run(tmp_path)
    summary = summary_of(read(tmp_path), now_s=NOW_S)
    assert summary.snapshots == {}
    assert section(summary) == ["none"]


def test_each_replica_has_a_line_with_where_its_log_begins(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    lagging(*cluster[:2])
    assert section(written(tmp_path, *cluster)) == [
        "replica  taken  up to  log from  held back  sent  parts again  installed  parts refused",
        "0001         2     20        16          1     1            1          0              0",
        "0002         0     20        21          0     0            0          1              1",
    ]


def test_that_a_replica_lagged_so_far_is_unusual(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, third = cluster
    lagging(first, second)
    first.says(5, "snapshot.sent", "replicator/0003", peer="0003", last_included=30)
    first.says(6, "snapshot.sent", "replicator/0003", peer="0003", last_included=40)
    summary = written(tmp_path, first, second, third)
    assert "3 snapshots sent, where the log was not enough: 1 to 0002, 2 to 0003." in sentences(summary)
    assert not any(anomaly.is_wrong for anomaly in anomalies_of(summary))


def test_whichever_actor_speaks_last_a_snapshot_only_moves_forward(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    """The state machine has taken a leader's snapshot, while the log store still says what it did before."""
    first = cluster[0]
    first.says(1, "state.replaced", "state_machine", last=40, keys=1)
    first.says(2, "snapshot.saved", "log_store", last_included=20, changes=9, first=16)
    assert written(tmp_path, *cluster).snapshots["0001"].last_included == 40


def test_a_process_begins_with_what_it_had_stored(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first = cluster[0]
    for part in (36, 42):
        first.takes(0.5, "consensus", "Restored", term=1, voted_for=None, first=part, entries=[])
    first.says(1, "state.replaced", "state_machine", last=40, keys=1)
    assert written(tmp_path, *cluster).snapshots == {"0001": SnapshotsOf(last_included=40, first=36)}


def test_where_the_log_begins_is_not_known_where_only_events_were_recorded(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    cluster[0].says(1, "state.replaced", "state_machine", last=40, keys=1)
    assert section(written(tmp_path, *cluster))[1].split()[:4] == ["0001", "0", "40", "?"]


def test_what_a_snapshot_brings_is_applied(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    first, second, third = cluster
    first.says(0, "entry.committed", "state_machine", first=1, last=10)
    second.says(5, "state.replaced", "state_machine", last=20, keys=10)
    third.says(10, "node.stopped", "node", signal="SIGTERM")
    summary = written(tmp_path, first, second, third)
    assert summary.progress.applied["0002"] == (0, 0, 0, 0, 20, 20, 20, 20, 20, 20)
    assert summary.commit_rate == 2.0


def test_writes_that_came_again_are_counted_once_for_all_replicas(tmp_path: Path, cluster: tuple[Replica, ...]) -> None:
    for replica in cluster:
        for index in (7, 9):
            replica.says(1, "write.repeated", "state_machine", mid="M1", client="0011", index=index)
    summary = written(tmp_path, *cluster)
    assert summary.dropped == {"write.repeated": 2}
    assert "2 x write.repeated." in sentences(summary)


def test_parts_that_come_late_are_usual_and_those_that_are_wrong_are_not(
    tmp_path: Path, cluster: tuple[Replica, ...]
) -> None:
    for reason in ("stale", "out_of_order", "checksum", "stale"):
        cluster[0].says(1, "snapshot.refused", src="0002", last_included=20, reason=reason)
    summary = written(tmp_path, *cluster)
    assert summary.dropped == {
        "snapshot.refused: stale": 2,
        "snapshot.refused: out_of_order": 1,
        "snapshot.refused: checksum": 1,
    }
    assert [each for each in sentences(summary) if "refused" in each] == ["1 x snapshot.refused: checksum."]
