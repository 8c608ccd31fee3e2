"""What tests of the trail share: an opening, records, files that hang or are full, and a reader of checksums."""

import io
import json
import threading
import zlib
from pathlib import Path

from trail import Did, Opening, Took, Trail

GENEROUS_S = 10.0
"""Far more than a close ever takes."""

OPENING = Opening(
    node="0001",
    peers=("0002", "0003"),
    settings={"window": 16},
    seed="s",
    storage="memory",
    level="full",
    version="0.1.0",
    code="c0de",
)


def event(number: int) -> dict[str, object]:
    """A named event, as `audit_log` makes it."""
    stamp: dict[str, object] = {"record": "event", "at": number / 10, "clock": number, "node": "0001"}
    return {**stamp, "event": "counted", "level": "info", "number": number}


def took(number: int, message: object = "told") -> Took:
    return Took(number / 10, number, "0001", "consensus", number, None, "str", message)


def did(number: int, value: object = None) -> Did:
    return Did(number / 10, number, "0001", "log_store", number, "storage", "sync", value)


def records(data: bytes) -> list[dict[str, object]]:
    """All records of a file whose lines are whole and whose checksums hold."""
    assert not data or data.endswith(b"\n")
    found, crc = [], 0
    for line in data.split(b"\n")[:-1]:
        content, _, checksum = line.rpartition(b',"crc":')
        crc = zlib.crc32(content, crc)
        assert checksum == b'"%08x"}' % crc
        record = json.loads(line)
        assert record.pop("crc") == f"{crc:08x}"
        found.append(record)
    return found


def behind_opened(data: bytes) -> list[dict[str, object]]:
    """All but the first record of a part."""
    first, *others = records(data)
    assert first["record"] == "opened"
    return others


def numbers(data: bytes) -> list[object]:
    """Of all events that `event` made, in a part."""
    return [record["number"] for record in behind_opened(data) if "number" in record]


class Gate(io.BytesIO):
    """A file that takes nothing before it is opened, and then everything."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.flushes = threading.Semaphore(0)

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # the writer gives bytes only
        self.reached.set()
        assert self.opened.wait(GENEROUS_S)
        return super().write(data)

    def flush(self) -> None:
        self.flushes.release()

    def close(self) -> None:
        """Stay readable for the test."""


def written(directory: Path, *recorded: Took | Did | dict[str, object]) -> bytes:
    """What a trail holds when it was given just these."""
    trail = Trail(directory, OPENING)
    for record in recorded:
        if isinstance(record, dict):
            trail.write(record)
        else:
            trail.record(record)
    trail.close(within_s=GENEROUS_S)
    return trail.path.read_bytes()
