"""`python -m audit extract`: a stretch of one actor's life as a test, which holds until the actor does otherwise."""

import contextlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import FunctionType

import pytest

from actors.log_store import LogStore
from actors.state_machine import StateMachine
from audit.__main__ import main
from audit.extract import stretch_of, test_of
from audit.files import ReadError
from audit.reading import read
from audit.records import Took
from audit.trails import NodeTrail
from messages.log_store import Append
from messages.state_machine import Apply
from tests.audit.noted_run import NotedRun
from tests.audit.trails import Replica, encoded, event, opened
from tests.layout import ROOT

source_of = test_of
del test_of  # it is no test of this module

ACTORS = ("consensus", "election_timer", "log_store", "replicator/0001", "socket_reader", "state_machine")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> NotedRun:
    return NotedRun(tmp_path_factory.mktemp("run"))


@pytest.fixture
def trail(run: NotedRun) -> NodeTrail:
    """Of a replica that has seen much."""
    return run.trail("0000")


def extracted(trail: NodeTrail, actor: str, first: int = 1, last: int | None = None) -> str:
    """The source of a test."""
    return source_of(stretch_of(trail, actor, first, last))


def outcome(source: str) -> AssertionError | None:
    """Run the one test in it; what it complains of."""
    names: dict[str, object] = {}
    exec(compile(source, "extracted", "exec"), names)  # it is what pytest would do
    (test,) = [each for name, each in names.items() if name.startswith("test_")]
    assert isinstance(test, FunctionType)
    try:
        test()
    except AssertionError as error:
        return error
    return None


# --- it holds ---


@pytest.mark.parametrize("actor", ACTORS)
def test_the_test_of_a_whole_life_holds(trail: NodeTrail, actor: str) -> None:
    assert outcome(extracted(trail, actor)) is None


@pytest.mark.parametrize("actor", ACTORS)
def test_the_test_of_a_stretch_that_begins_late_holds(trail: NodeTrail, run: NotedRun, actor: str) -> None:
    taken = len(run.deliveries("0000", actor))
    for first, last in ((taken // 2, taken // 2 + 3), (taken, taken), (2, 2)):
        source = extracted(trail, actor, first, last)
        assert outcome(source) is None
        assert source.count("\n    # delivery ") == last - first + 1


def test_it_is_clean_code_that_pytest_runs(run: NotedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it would be with the tests, by the project's own rules."""
    for number, actor in enumerate(("consensus", "socket_reader")):
        command = ["extract", str(run.directory), "--node", "0000", "--actor", actor, "--from", "3", "--to", "200"]
        assert main([*command, "-o", str(tmp_path / f"test_{number}.py")]) == 0
    assert capsys.readouterr().out.startswith(f"Wrote {tmp_path / 'test_0.py'}; it runs with: python -m pytest ")
    for tool in (
        ["ruff", "check", "--config", str(ROOT / "pyproject.toml")],
        ["ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml")],
        ["mypy", "--config-file", str(ROOT / "mypy.ini")],
        ["pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *tool, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


# --- it fails ---


def test_it_fails_when_the_actor_does_otherwise(trail: NodeTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    source = extracted(trail, "state_machine")
    right = StateMachine._apply

    def apply_less(machine: StateMachine, message: Apply) -> None:
        right(machine, message)
        machine._state._values.clear()

    monkeypatch.setattr(StateMachine, "_apply", apply_less)
    error = outcome(source)
    assert error is not None
    assert str(error).startswith("delivery ")


def test_it_fails_when_the_actor_raises(trail: NodeTrail, monkeypatch: pytest.MonkeyPatch) -> None:
    source = extracted(trail, "log_store")

    def fail(store: LogStore, message: Append) -> None:
        raise AssertionError("nothing is appended")

    monkeypatch.setattr(LogStore, "_append", fail)
    assert str(outcome(source)) == "nothing is appended"


@pytest.mark.parametrize("place", [0, 7, -1])
def test_it_fails_when_a_message_is_changed(trail: NodeTrail, place: int) -> None:
    """Entries of another term are written, early in the stretch or at its end."""
    lines = extracted(trail, "log_store").splitlines()
    appends = [number for number, line in enumerate(lines) if line.startswith("    ('Append'")]
    changed = appends[place]
    assert '"term":' in lines[changed]
    lines[changed] = lines[changed].replace('"entries":[{"term":', '"entries":[{"term":1', 1)
    assert outcome("\n".join(lines)) is not None


def test_it_expects_what_was_recorded_and_not_what_the_actor_does_now(
    trail: NodeTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by other code than that which ran: one message more in the middle is a failure, and no expectation."""
    right = LogStore._append

    def append_and_sync(store: LogStore, message: Append) -> None:
        right(store, message)
        store._storage.sync()

    monkeypatch.setattr(LogStore, "_append", append_and_sync)
    assert outcome(extracted(trail, "log_store")) is not None
    monkeypatch.undo()
    assert outcome(extracted(trail, "log_store")) is None


# --- the end of a trail ---


@pytest.mark.parametrize("actor", ACTORS)
def test_wherever_a_trail_ends_the_test_of_what_is_there_holds(trail: NodeTrail, actor: str) -> None:
    """What was told and never taken, or was about to be done, is expected as it is told and done now."""
    held = 0
    for count in range(40, 700, 7):
        ended = replace(trail, records=trail.records[:count])
        with contextlib.suppress(ReadError):  # that actor has taken nothing yet
            source = extracted(ended, actor)
            assert outcome(source) is None, count
            held += 1
    assert held > 10


def small(tmp_path: Path, *, cut: int = 0) -> NodeTrail:
    """A log store that is told to append twice; of what it did for that, the last `cut` records are not there."""
    replica = Replica(node="0001", peers=["0002", "0003"])
    replica.records[0] = opened("0001", ["0002", "0003"], settings={})
    for after in (0, 1):
        entries = [{"term": 1, "write": None}]
        n = replica.takes(
            0.1, "log_store", "Append", ("consensus", after + 1), term=1, after=after, entries=entries, report=True
        )
        replica.does(0.1, "log_store", n, "storage", "append", entries=entries)
        replica.takes(0.2, "consensus", "Appended", ("log_store", n), term=1, last_log_index=n, last_log_term=1)
    if cut:
        del replica.records[-cut:]
    replica.write(tmp_path)
    (trail,) = read(tmp_path).nodes
    return trail


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_where_the_trail_ends_in_the_middle_of_a_delivery_the_test_holds(tmp_path: Path, cut: int) -> None:
    source = extracted(small(tmp_path, cut=cut), "log_store")
    assert outcome(source) is None
    assert source.count("'Appended'") == source.count("('append'") == 2


@pytest.mark.parametrize(("missing", "why"), [(2, "a port is done with before the next message"), (3, "told earlier")])
def test_what_is_missing_before_the_end_is_no_end(tmp_path: Path, missing: int, why: str) -> None:
    whole = small(tmp_path)
    records = [located for located in whole.records if located.position != missing]
    assert outcome(extracted(replace(whole, records=records), "log_store")) is not None, why
    assert outcome(extracted(replace(whole, records=records, has_gaps=True), "log_store")) is None, "records were shed"


def test_what_is_missing_at_a_port_before_the_last_delivery_is_no_end(tmp_path: Path) -> None:
    """Nothing later is known of that port, but the actor has taken its next message since."""
    replica = Replica(node="0001", peers=["0002", "0003"])
    replica.records[0] = opened("0001", ["0002", "0003"], settings={})
    append: dict[str, object] = {"term": 1, "after": 0, "entries": [], "report": False}
    replica.takes(0.1, "log_store", "Append", ("consensus", 1), **append)
    read_entries = {"peer": "0002", "term": 1, "first": 1, "needed": 1, "count_max": 1, "bytes_max": 1}
    replica.takes(0.2, "log_store", "ReadEntries", ("consensus", 2), **read_entries)
    replica.write(tmp_path)
    (trail,) = read(tmp_path).nodes
    assert "delivery 1" in str(outcome(extracted(trail, "log_store")))


# --- what cannot be extracted ---


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--node", "0009", "--actor", "consensus"], "There is no trail of '0009' in "),
        (["--node", "0000", "--actor", "brain"], "The trail of 0000 shows no delivery to 'brain'; it has consensus, "),
        (["--node", "0000", "--actor", "consensus", "--from", "0"], "The trail of 0000 holds deliveries 1 to "),
        (["--node", "0000", "--actor", "consensus", "--from", "9", "--to", "8"], "--from 9 is behind --to 8: "),
        (["--node", "0000", "--actor", "consensus", "--to", "99999"], "The trail of 0000 holds deliveries 1 to "),
    ],
)
def test_what_is_not_there_is_one_sentence_and_exit_code_2(
    run: NotedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["extract", str(run.directory), *arguments, "-o", str(tmp_path / "test_it.py")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(told)
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("first", "last", "wrong"), [(9999, None, 9999), (1, 9999, 9999), (0, 5, 0), (-3, None, -3)])
def test_a_delivery_that_is_not_there_is_named_with_those_that_are(
    run: NotedRun, trail: NodeTrail, first: int, last: int | None, wrong: int
) -> None:
    there = len(run.deliveries("0000", "consensus"))
    with pytest.raises(ReadError) as refused:
        stretch_of(trail, "consensus", first, last)
    assert (
        str(refused.value) == f"The trail of 0000 holds deliveries 1 to {there} of consensus: {wrong} is none of them."
    )


def test_a_delivery_that_is_missing_before_the_stretch_is_named(trail: NodeTrail) -> None:
    records = [
        each
        for each in trail.records
        if not (isinstance(each.record, Took) and (each.record.actor, each.record.n) == ("consensus", 7))
    ]
    gap = replace(trail, records=records)
    with pytest.raises(
        ReadError, match=r"^The trail of 0000 lacks delivery 7 of consensus: name a stretch before it\.$"
    ):
        stretch_of(gap, "consensus", 9, 10)
    assert stretch_of(gap, "consensus", 2, 6).last == 6


def test_no_file_is_overwritten(run: NotedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "test_it.py"
    file.write_text("mine")
    command = ["extract", str(run.directory), "--node", "0000", "--actor", "election_timer", "-o", str(file)]
    assert main(command) == 2
    assert capsys.readouterr().err == f"{file}: the test cannot be written: file exists.\n"
    assert file.read_text() == "mine"


def test_by_default_it_is_named_after_what_it_replays(
    run: NotedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = [
        "extract",
        str(run.directory),
        "--node",
        "0000",
        "--actor",
        "replicator/0001",
        "--from",
        "2",
        "--to",
        "4",
    ]
    assert main(command) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["test_replicator_0001_of_0000_from_2_to_4.py"]


def test_without_its_beginning_an_actor_cannot_be_built(trail: NodeTrail) -> None:
    with pytest.raises(ReadError, match="The beginning of the trail of 0000 is missing"):
        extracted(replace(trail, is_complete_from_start=False), "consensus")


def test_of_a_damaged_record_no_test_is_made(tmp_path: Path) -> None:
    whole = small(tmp_path)
    for position in (1, 2, 3):
        with pytest.raises(
            ReadError, match=rf"The record at 0001\.jsonl:{position + 1}, which a test would be made of"
        ):
            extracted(replace(whole, damaged=frozenset({position})), "log_store")


def test_a_trail_without_messages_has_nothing_to_extract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = [opened(level="events", settings={}), event("0001", 1.0, 1, "node.stopped")]
    (tmp_path / "0001.jsonl").write_bytes(encoded(records))
    assert main(["extract", str(tmp_path), "--node", "0001", "--actor", "consensus"]) == 2
    assert "it has none, for its level has no messages.\n" in capsys.readouterr().err
