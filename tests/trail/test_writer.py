"""The trail's writer: all that was written, in order; what cannot be written is said once, and nobody ever waits."""

import io
import json
import threading
import weakref
from pathlib import Path

import pytest

from trail import Trail, TrailError, writer

GENEROUS_S = 10.0
"""Far more than a close ever takes."""


class Gate(io.BytesIO):
    """A file that takes nothing before it is opened, and then everything."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "gate.jsonl"
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.flushed = threading.Event()

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # the writer gives bytes only
        self.reached.set()
        assert self.opened.wait(GENEROUS_S)
        return super().write(data)

    def flush(self) -> None:
        self.flushed.set()

    def close(self) -> None:
        """Stay readable for the test."""


class Full(Gate):
    """A file on a disk that is full."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # the writer gives bytes only
        self.tries += 1
        raise OSError(28, "No space left on device")


class Record(dict[str, object]):
    """A record of which it can be seen whether anybody keeps it."""


def trail_on(file: Gate, monkeypatch: pytest.MonkeyPatch, complaints: io.StringIO | None = None) -> Trail:
    """A trail that writes to `file`."""
    monkeypatch.setattr(writer, "_create", lambda directory, node: file)
    return Trail(Path("nowhere"), "0001", complaints=complaints or io.StringIO())


def records(data: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.splitlines()]


def test_records_are_json_lines_in_the_order_of_writing(tmp_path: Path) -> None:
    trail = Trail(tmp_path, "0001")
    for number in range(5000):
        trail.write({"event": "counted", "number": number, "text": "é\n"})
    trail.close(within_s=GENEROUS_S)
    written = records(trail.path.read_bytes())
    assert [record["number"] for record in written] == list(range(5000))
    assert written[0] == {"event": "counted", "number": 0, "text": "é\n"}


def test_records_of_several_threads_are_all_there_each_threads_in_order(tmp_path: Path) -> None:
    trail = Trail(tmp_path, "0001")

    def write(name: str) -> None:
        for number in range(500):
            trail.write({"thread": name, "number": number})

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trail.close(within_s=GENEROUS_S)
    written = records(trail.path.read_bytes())
    assert len(written) == 2000
    for name in "abcd":
        assert [record["number"] for record in written if record["thread"] == name] == list(range(500))


def test_what_is_written_reaches_the_file_without_a_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica may be killed at any time."""
    file = Gate()
    file.opened.set()
    trail = trail_on(file, monkeypatch)
    trail.write({"event": "seen"})
    assert file.flushed.wait(GENEROUS_S)
    assert records(file.getvalue()) == [{"event": "seen"}]
    trail.close(within_s=GENEROUS_S)


def test_a_file_is_never_one_of_an_earlier_replica(tmp_path: Path) -> None:
    paths = []
    for number in range(3):
        trail = Trail(tmp_path / "new" / "directories", "0001")
        trail.write({"number": number})
        trail.close(within_s=GENEROUS_S)
        paths.append(trail.path)
    assert [path.name for path in paths] == ["0001.jsonl", "0001.2.jsonl", "0001.3.jsonl"]
    assert [records(path.read_bytes()) for path in paths] == [[{"number": number}] for number in range(3)]


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    with pytest.raises(TrailError) as caught:
        Trail(file / "trail", "0001")
    assert str(caught.value) == f"The audit trail cannot be written to {file / 'trail'}: Not a directory."


def test_values_without_json_are_written_as_python_shows_them(tmp_path: Path) -> None:
    trail = Trail(tmp_path, "0001")
    trail.write({"event": "odd", "value": ValueError("x")})
    trail.write({"event": "odder", "value": "half a surrogate \ud800"})
    trail.write({"event": "good"})
    trail.close(within_s=GENEROUS_S)
    odd, odder, good = records(trail.path.read_bytes())
    assert odd == {"event": "odd", "value": "ValueError('x')"}
    assert odder["event"] == "trail.unwritable"
    assert "odder" in str(odder["record"])
    assert good == {"event": "good"}


def test_beyond_the_bound_records_are_shed_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_RECORDS_MAX", 10)
    file = Gate()
    trail = trail_on(file, monkeypatch)
    trail.write({"number": -1})
    assert file.reached.wait(GENEROUS_S), "the writer is now busy with the first record"
    for number in range(25):
        trail.write({"number": number})
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    written = records(file.getvalue())
    assert [record["number"] for record in written if "number" in record] == [-1, *range(10)]
    assert [record["count"] for record in written if record.get("event") == "trail.shed"] == [15]


def test_a_disk_that_refuses_is_reported_once_and_costs_only_the_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenario 29: disk full in the audit file."""
    file, complaints = Full(), io.StringIO()
    trail = trail_on(file, monkeypatch, complaints)
    for number in range(100):
        trail.write({"number": number})
    trail.close(within_s=GENEROUS_S)
    trail.write({"number": "after the end"})
    assert complaints.getvalue() == "The audit trail gate.jsonl ends here: No space left on device.\n"
    assert file.tries == 1


def test_a_trail_that_has_ended_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node goes on for days, and its memory must not grow."""
    trail = trail_on(Full(), monkeypatch)
    trail.write({"number": 1})
    trail.close(within_s=GENEROUS_S)
    record = Record()
    trail.write(record)
    kept = weakref.ref(record)
    del record
    assert kept() is None


def test_a_disk_that_hangs_delays_an_end_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Gate()
    trail = trail_on(file, monkeypatch)
    trail.write({"number": 1})
    assert file.reached.wait(GENEROUS_S)
    trail.close(within_s=0.01)
    assert file.getvalue() == b""
    file.opened.set()
    trail.close(within_s=GENEROUS_S)
    assert records(file.getvalue()) == [{"number": 1}]
