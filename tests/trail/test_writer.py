"""The trail's writer: all that was written, in order; what cannot be written is said once, and nobody ever waits."""

import io
import threading
import weakref
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.trail.stage import GENEROUS_S, OPENING, Gate, behind_opened, event, numbers, records, took, written
from trail import Rotation, Trail, TrailError, backlog, parts
from trail.writer import LOT


class Kept(dict[str, object]):
    """A record of which it can be seen whether anybody keeps it."""


class Refusing(Gate):
    """A file on a disk that hangs and then refuses."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # the writer gives bytes only
        super().write(data)
        raise OSError(5, "Input/output error")


class Watched(Gate):
    """A file of which is known what it held whenever everything had left the process."""

    def __init__(self) -> None:
        super().__init__()
        self.opened.set()
        self.held: list[bytes] = []

    def flush(self) -> None:
        self.held.append(self.getvalue())


def trail_on(file: BinaryIO, monkeypatch: pytest.MonkeyPatch, complaints: io.StringIO | None = None) -> Trail:
    """A trail that writes to `file`."""
    monkeypatch.setattr(parts, "create", lambda path: file)
    return Trail(Path("nowhere"), OPENING, complaints=complaints or io.StringIO())


def full_disk() -> BinaryIO:
    """A file that can be opened and takes nothing; who writes to it closes it."""
    return Path("/dev/full").open("wb")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_records_are_json_lines_in_the_order_of_writing(tmp_path: Path) -> None:
    data = written(tmp_path, *(event(number) if number % 2 else took(number) for number in range(5000)))
    assert [record["clock"] for record in behind_opened(data)] == list(range(5000))
    assert behind_opened(data)[1] == event(1)


def test_records_of_several_threads_are_all_there_each_threads_in_order(tmp_path: Path) -> None:
    trail = Trail(tmp_path, OPENING)

    def write(name: str) -> None:
        for number in range(500):
            trail.write({**event(number), "thread": name})

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trail.close(within_s=GENEROUS_S)
    found = behind_opened(trail.path.read_bytes())
    assert len(found) == 2000
    for name in "abcd":
        assert [record["number"] for record in found if record["thread"] == name] == list(range(500))


def test_what_is_written_reaches_the_file_without_a_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica may be killed at any time."""
    file = Gate()
    file.opened.set()
    trail = trail_on(file, monkeypatch)
    assert file.flushes.acquire(timeout=GENEROUS_S), "the opening, before anything happens"
    trail.write(event(1))
    assert file.flushes.acquire(timeout=GENEROUS_S)
    assert behind_opened(file.getvalue()) == [event(1)]
    trail.close(within_s=GENEROUS_S)


def test_what_leaves_the_process_are_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """So only the system can cut a line, and only the last one."""
    file = Watched()
    trail = trail_on(file, monkeypatch)
    for number in range(1000):
        trail.record(took(number, "a long message" * number))
    trail.close(within_s=GENEROUS_S)
    assert len(file.held) > 1000 // LOT, "in lots"
    assert all(held.endswith(b"\n") for held in file.held)
    assert len(behind_opened(file.held[-1])) == 1000


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    with pytest.raises(TrailError) as caught:
        Trail(file / "trail", OPENING)
    assert str(caught.value) == f"The audit trail cannot be written to {file / 'trail'}: not a directory."


def test_a_disk_that_is_full_is_reported_once_and_costs_only_the_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenario 29: disk full in the audit file."""
    complaints = io.StringIO()
    trail = trail_on(full_disk(), monkeypatch, complaints)
    for number in range(100):
        trail.write(event(number))
    trail.close(within_s=GENEROUS_S)
    trail.write(event(100))
    trail.record(took(101))
    assert complaints.getvalue() == "The audit trail nowhere/0001.jsonl ends here: No space left on device.\n"


def test_a_disk_that_refuses_the_next_part_is_reported_once(tmp_path: Path) -> None:
    complaints = io.StringIO()
    directory = tmp_path / "trail"
    trail = Trail(directory, OPENING, rotation=Rotation(part_bytes=1000), complaints=complaints)
    (directory / "0001.part2.jsonl").mkdir()
    for number in range(1000):
        trail.write(event(number))
    trail.close(within_s=GENEROUS_S)
    assert complaints.getvalue() == f"The audit trail {directory}/0001.part2.jsonl ends here: File exists.\n"
    found = numbers((directory / "0001.jsonl").read_bytes())
    assert found
    assert found == list(range(len(found))), "what came before is there"


def test_a_trail_that_has_ended_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node goes on for days, and its memory must not grow."""
    trail = trail_on(full_disk(), monkeypatch)
    trail.close(within_s=GENEROUS_S)
    record = Kept()
    trail.write(record)
    kept = weakref.ref(record)
    del record
    assert kept() is None


def test_what_waited_when_a_trail_ended_is_not_kept_either(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Refusing()
    trail = trail_on(file, monkeypatch)
    record = Kept(event(1))
    trail.write(record)
    kept = weakref.ref(record)
    del record
    assert kept() is not None
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    assert kept() is None


def test_an_end_is_said_once_also_when_there_are_two_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "EVENTS_MAX", 100)
    file, complaints = Refusing(), io.StringIO()
    trail = trail_on(file, monkeypatch, complaints)
    for number in range(300):
        trail.write(event(number))
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    assert complaints.getvalue().count("ends here") == 1


def test_a_disk_that_hangs_delays_an_end_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Gate()
    trail = trail_on(file, monkeypatch)
    assert file.reached.wait(GENEROUS_S)
    trail.write(event(1))
    trail.close(within_s=0.01)
    assert file.getvalue() == b""
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    assert numbers(file.getvalue()) == [1]


def test_a_close_writes_all_that_was_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Gate()
    trail = trail_on(file, monkeypatch)
    for number in range(10_000):
        trail.record(took(number))
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    assert [record["n"] for record in behind_opened(file.getvalue())] == list(range(10_000))


def test_while_a_disk_hangs_deliveries_are_shed_events_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "RECORDS_MAX", 10)
    file = Gate()
    trail = trail_on(file, monkeypatch)
    assert file.reached.wait(GENEROUS_S), "the writer is now busy with the opening"
    for number in range(25):
        trail.record(took(number))
    for number in range(25, 50):
        trail.write(event(number))
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    found = behind_opened(file.getvalue())
    assert [record["n"] for record in found[:10]] == list(range(10))
    assert (found[10]["event"], found[10]["count"]) == ("trail.shed", 15)
    assert [record["number"] for record in found[11:]] == list(range(25, 50))


def test_more_events_than_can_ever_be_written_end_the_trail_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "EVENTS_MAX", 100)
    file, complaints = Gate(), io.StringIO()
    trail = trail_on(file, monkeypatch, complaints)
    assert file.reached.wait(GENEROUS_S)
    for number in range(300):
        trail.write(event(number))
    said = complaints.getvalue()
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    assert said == complaints.getvalue() == "The audit trail nowhere/0001.jsonl ends here: too many records wait.\n"
    assert len(records(file.getvalue())) == 1
