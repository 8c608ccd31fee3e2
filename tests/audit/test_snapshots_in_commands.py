"""What every command says of a run whose logs do not begin at their beginning."""

import json
from pathlib import Path

import pytest

from audit.__main__ import main
from audit.contents import SavedSnapshot, content_of
from audit.extract import stretch_of
from audit.points import cut_at
from audit.records import Did, Took
from audit.travel import moment
from tests.audit.altered import records
from tests.audit.restarted_run import RestartedRun
from tests.audit.test_extract import outcome, source_of


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RestartedRun:
    return RestartedRun(tmp_path_factory.mktemp("restarted"))


def said(capsys: pytest.CaptureFixture[str], run: RestartedRun, command: str, *arguments: str) -> list[str]:
    """What a command prints."""
    assert main([command, str(run.directory), *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def last_saved(run: RestartedRun, name: str) -> tuple[int, SavedSnapshot]:
    """Where a trail shows the last snapshot that was taken, and what it was."""
    trail = run.trail(name)
    saved = [
        (located.line, content)
        for located in trail.records
        if isinstance(located.record, Did) and isinstance(content := content_of(located.record), SavedSnapshot)
    ]
    return saved[-1]


def test_a_state_says_where_the_log_begins_and_what_the_snapshot_includes(
    run: RestartedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    line, snapshot = last_saved(run, "0000")
    lines = said(capsys, run, "state", "--at", f"0000.jsonl:{line}", "--node", "0000", "--actor", "log_store")
    assert lines[2].startswith(f"    (entries {snapshot.first} to ")
    assert f"; a snapshot up to {snapshot.last_included}/t" in lines[2]
    assert lines[2].endswith(" records)")
    assert f"    storage.first: {snapshot.first}" in lines
    assert f"    storage.snapshot_index: {snapshot.last_included}" in lines
    assert not any("names" in line for line in lines)


def test_a_state_before_the_first_snapshot_says_that_there_is_none(
    run: RestartedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    place = next(each for each in run.trail("0000").records if isinstance(each.record, Took)).place
    lines = said(capsys, run, "state", "--at", place, "--node", "0000", "--actor", "log_store")
    assert lines[2] == "    (no entries; no snapshot)"


def test_a_restarted_replica_knows_at_its_start_what_its_disk_held(run: RestartedRun) -> None:
    trail = run.trail("0001.2")
    begin = next(each for each in trail.records if isinstance(each.record, Took) and each.record.type == "Start")
    there = moment(trail, cut_at(run.trails, begin.place))
    machine, consensus = there.states["state_machine"], there.states["consensus"]
    assert there.stopped is None
    assert there.kept is not None
    assert there.kept.snapshot_index > there.kept.first_index > 1
    assert isinstance(machine, dict)
    assert isinstance(consensus, dict)
    assert json.loads(json.dumps(consensus))["core"]["log"]["commit_index"] == there.kept.snapshot_index


def test_a_difference_tells_the_log_in_one_line_however_far_it_was_compacted(
    run: RestartedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    line, _ = last_saved(run, "0000")
    arguments = ("--at", "0000.jsonl:400", "--to", f"0000.jsonl:{line}", "--node", "0000", "--actor", "log_store")
    lines = said(capsys, run, "diff", *arguments)
    (entries,) = [each for each in lines if "storage.entries" in each]
    assert " gone, the last: " in entries
    assert any(each.startswith("  log_store  storage.first: ") for each in lines)


def test_the_life_of_an_entry_goes_on_in_snapshots(run: RestartedRun, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, run, "timeline", "--index", "5")
    told = [(each.split()[1], " ".join(each.split()[3:5])) for each in lines]
    assert len({name for name, what in told if what == "stores save_snapshot"}) >= 2
    assert {name for name, what in told if what.startswith("RestoredChunk")} == {"0000.2", "0001.2", "0002.2"}
    assert sum(what.startswith("Apply") for _, what in told) <= 3, "once at each replica, and not after a restart"


def test_kinds_of_snapshots_can_be_asked_for(run: RestartedRun, capsys: pytest.CaptureFixture[str]) -> None:
    sent = said(capsys, run, "timeline", "--kind", "install_snapshot", "--actor", "replicator")
    assert len(sent) > 2
    assert all("sends install_snapshot" in each and "/t" in each for each in sent)
    assert said(capsys, run, "timeline", "--kind", "snapshot.*", "--limit", "3") != []
    assert said(capsys, run, "timeline", "--kind", "save_snapshot", "--limit", "1")[0].count("log kept from") == 1


def test_a_summary_has_a_line_for_each_process(run: RestartedRun, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, run, "summary")
    table = lines[lines.index("Snapshots") + 1 :][:7]
    assert [each.split()[0] for each in table] == ["replica", *(trail.name for trail in run.trails.nodes)]
    whole = json.loads("\n".join(said(capsys, run, "summary", "--json")))["summary"]
    assert whole["snapshots"]["0000.2"]["last_included"] >= whole["snapshots"]["0000"]["last_included"] > 0
    assert any(each["type"] == "install_snapshot" for each in whole["messages"])


def test_progress_begins_where_the_snapshot_ends(run: RestartedRun, capsys: pytest.CaptureFixture[str]) -> None:
    """A process that has just come back has applied what its snapshot includes, without having applied an entry."""
    whole = json.loads("\n".join(said(capsys, run, "summary", "--json")))["summary"]
    for name in ("0000.2", "0001.2", "0002.2"):
        applied = [count for count in whole["progress"]["applied"][name] if count]
        assert applied[0] >= 50


def test_a_page_can_be_made(run: RestartedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, run, "page", "-o", str(tmp_path / "run.html"))
    assert (tmp_path / "run.html").stat().st_size > 100_000


@pytest.mark.parametrize("actor", ["consensus", "log_store", "state_machine"])
@pytest.mark.parametrize("name", ["0002", "0002.2"])
def test_a_stretch_of_any_actor_is_a_test_that_holds(run: RestartedRun, name: str, actor: str) -> None:
    """Also of a log store whose storage held a snapshot and a log when it was started."""
    trail = run.trail(name)
    last = max(each.n for each in records(trail) if isinstance(each, Took) and each.actor == actor)
    source = source_of(stretch_of(trail, actor, last // 2, last))
    assert ("RESTORED" in source) == (actor == "log_store")
    assert outcome(source) is None
