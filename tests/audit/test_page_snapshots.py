"""What the page knows of snapshots: where each ends, and which messages carry one."""

from pathlib import Path

import pytest

from audit.page import write_page
from audit.page.content import content_of
from audit.page.picture import picture
from tests.audit.browser import browser, chromium
from tests.audit.facts import chunk
from tests.audit.page_runs import NODES, Recorder

TERM = ("t/0000000000000001", "1")
VALUE = ("v/k", "v")


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder()
    for node in NODES[:2]:
        recorder.opened(node)
    return recorder


def catching_up(to: Recorder) -> None:
    """0001 sends 0002 a snapshot up to 40, in two parts."""
    for part in (chunk(40, TERM, done=False), chunk(40, VALUE, offset=1)):
        told = to.send("0001", "replicator/0002", 1, "install_snapshot", "0002", term=3, checksum=0, at=1.0, **part)
        to.now += 0.001
        came = to.receive("0002", told)
        to.took("0002", "state_machine", "TakeChunk", {"chunk": part}, ("socket_reader", came))
        reply = {"term": 3, "last_included_index": 40, "offset": 1, "at": 1.0}
        answer = to.send("0002", "consensus", 1, "snapshot_reply", "0001", **reply)
        to.now += 0.001
        to.receive("0001", answer)
    to.event("0002", "state.replaced", "state_machine", last=40, keys=1)


def spans(recorder: Recorder) -> list[tuple[str, tuple[int, int]]]:
    """The kind of each record but the first two, and the indexes that it is about."""
    contents = [content_of(each.record) for each in recorder.records]
    return [(content.kind, content.span) for content in contents[2:]]


def test_a_snapshot_is_about_the_last_entry_that_it_includes(recorder: Recorder) -> None:
    to = recorder
    to.took("0001", "log_store", "SaveSnapshot", {"last_included_index": 40, "changes": [VALUE]})
    to.did("0001", "log_store", 1, "storage", "save_snapshot", {"last_included": 40, "changes": [VALUE], "first": 36})
    to.event("0001", "snapshot.saved", "log_store", last_included=40, changes=1, first=36)
    to.took("0001", "state_machine", "TakeChunk", {"chunk": chunk(40, VALUE)})
    to.event("0001", "state.replaced", "state_machine", last=40, keys=1)
    to.did("0001", "log_store", 1, "storage", "install_snapshot", {"last_included": 40, "term": 3, "records": [VALUE]})
    to.send("0001", "replicator/0002", 1, "install_snapshot", "0002", term=3, **chunk(40, VALUE))
    to.send("0002", "consensus", 1, "snapshot_reply", "0001", term=3, last_included_index=40, offset=1)
    assert spans(to) == [
        ("SaveSnapshot", (40, 40)),
        ("storage.save_snapshot", (40, 40)),
        ("snapshot.saved", (40, 40)),
        ("TakeChunk", (40, 40)),
        ("state.replaced", (40, 40)),
        ("storage.install_snapshot", (40, 40)),
        ("install_snapshot", (40, 40)),
        ("snapshot_reply", (40, 40)),
    ]


def test_entries_behind_a_snapshot_keep_their_indexes(recorder: Recorder) -> None:
    entries = [{"term": 2, "write": None}] * 3
    restored = {"term": 2, "voted_for": None, "first": 41, "entries": entries}
    recorder.took("0001", "consensus", "Restored", restored)
    assert spans(recorder) == [("Restored", (41, 43))]


def test_the_parts_of_a_snapshot_are_messages(recorder: Recorder) -> None:
    catching_up(recorder)
    drawn = picture(recorder.records)
    assert [drawn.kinds[kind] for kind in drawn.messages[4]] == ["install_snapshot", "snapshot_reply"] * 2


def test_a_browser_says_which_part_a_message_carries(recorder: Recorder, tmp_path: Path) -> None:
    chromium()
    catching_up(recorder)
    out = tmp_path / "run.html"
    write_page(out, recorder.records, title="A snapshot", summary="")
    (tmp_path / "profile").mkdir()
    with browser(tmp_path / "profile") as running:
        running.open(out)
        told = [running.evaluate(_told(number)) for number in range(4)]
        assert running.errors == []
    assert told == [
        ["install_snapshot up to 40", "record 1 of the snapshot"],
        ["snapshot_reply up to 40", "has 1 record of it"],
        ["install_snapshot up to 40", "record 2 of the snapshot, the last"],
        ["snapshot_reply up to 40", "has 1 record of it"],
    ]


def _told(number: int) -> str:
    """What the tip over a message says first."""
    return f"""(() => {{
      const {{ x, y }} = window.viewer.locate({{ type: "message", id: {number} }});
      const canvas = document.getElementById("canvas");
      canvas.dispatchEvent(new PointerEvent("pointermove", {{ clientX: x, clientY: y, bubbles: true }}));
      const tip = document.getElementById("tip");
      return [tip.querySelector("h3").textContent.split("   ")[0], tip.querySelector(".facts").textContent];
    }})()"""
