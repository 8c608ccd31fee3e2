"""How a node fails: at once, as a whole, and telling why; and what does not make it fail."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.launch import GENEROUS_S, PATIENT, PLAIN, ROOT, Launched, closed_pipe

BROKEN_NODE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import node
from actors.storage import MemoryStorage


class BrokenStorage(MemoryStorage):
    def needs_sync(self):
        return True

    def sync(self):
        raise OSError(5, "Input/output error")


node.MemoryStorage = BrokenStorage
node.main(sys.argv[1:])
"""

APPEND = {
    "src": "0001",
    "dst": "0000",
    "leader": "0001",
    "type": "append",
    "term": 1,
    "prev_log_index": 0,
    "prev_log_term": 0,
    "entries": [{"term": 1}],
    "commit_index": 0,
    "at": 1.0,
    "quiet": False,
}

PRE_VOTE = {
    "src": "0001",
    "dst": "0000",
    "leader": "FFFF",
    "type": "pre_vote",
    "term": 1,
    "last_log_index": 0,
    "last_log_term": 0,
}


def broken_node(directory: Path) -> Path:
    """A script that starts a node whose disk fails."""
    script = directory / "broken_node.py"
    script.write_text(BROKEN_NODE)
    return script


def test_an_actor_that_fails_ends_the_node_with_its_traceback_on_stderr_and_in_the_trail(tmp_path: Path) -> None:
    """Scenarios 27 and 33: a disk that reports an error ends the node; nothing is acknowledged."""
    with Launched(tmp_path, {}, script=broken_node(tmp_path)) as replica:
        replica.receive()
        replica.send(APPEND)
        assert replica.exit_code() == 1
        complaints, events = replica.complaints(), replica.events()
        replica.network.setblocking(False)
        with pytest.raises(BlockingIOError):
            replica.receive()
    assert complaints.startswith("Replica 0000 stops: Traceback (most recent call last):\n")
    assert complaints.endswith("OSError: [Errno 5] Input/output error\n")
    (failed,) = [event for event in events if event["event"] == "node.failed"]
    assert failed["error"] == "OSError(5, 'Input/output error')"
    assert "in sync\n" in str(failed["traceback"])


def test_a_node_that_fails_ends_although_nobody_listens_to_its_last_words(tmp_path: Path) -> None:
    with Launched(tmp_path, {}) as listener:
        port = str(listener.network.getsockname()[1])
        listener.receive()
        listener.end(signal.SIGTERM)
        command = [sys.executable, str(broken_node(tmp_path)), port, "0000", "0001", "0002"]
        failing = subprocess.Popen(command, cwd=tmp_path, env=PLAIN, stderr=closed_pipe())
        listener.receive()
        listener.send(APPEND)
        assert failing.wait(GENEROUS_S) == 1


def test_malformed_datagrams_end_nothing(tmp_path: Path) -> None:
    with Launched(tmp_path, PATIENT) as replica:
        replica.receive()
        for payload in (b"", b"\xff", b"{}", b"[" * 60_000, b'{"type":"append"}', b"x" * 65_507):
            replica.send_bytes(payload)
        replica.send(PRE_VOTE)
        assert json.loads(replica.receive())["type"] == "pre_vote_reply"
        replica.end(signal.SIGTERM)
        reasons = [event["reason"] for event in replica.events() if event["event"] == "datagram.rejected"]
    assert reasons == ["not_utf8", "untyped", "not_an_object", "malformed", "not_json"]
