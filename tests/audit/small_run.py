"""The trails of a small run, written by hand: an election, a put that not everybody hears of, and some trouble.

0.1 s   0001 asks for votes in term 1: 0002 grants, 0003 refuses; 0001 leads
1.0 s   0001 takes M1, a put, sends it to 0002 and 0003; the one to 0003 is lost; 0002 accepts; M1 is answered
2.0 s   0002 hears of the commit, 0003 hears of nothing
2.5 s   0002 holds M2 and redirects it; 0001 takes M3 and never answers
3.0 s   0002 gets bytes that are no message; 0003 asks for pre-votes in vain, and is killed
5.0 s   0001 and 0002 are stopped
"""

import json
from pathlib import Path
from typing import Final

from tests.audit.trails import Replica, replicas

CLIENT: Final = "0011"
ENTRY: Final = {"term": 1, "write": {"client": CLIENT, "MID": "M1", "key": "colour", "value": "green"}}


def small_run(directory: Path, *, events_only: bool = False) -> None:
    """Write it; with `events_only`, as the replicas do at level `events`."""
    run = _Run()
    run.elect()
    run.put()
    run.tell()
    run.trouble()
    run.end()
    for replica in run.all:
        if events_only:
            replica.records = [record for record in replica.records if record["record"] in {"opened", "event"}]
            replica.records[0]["level"] = "events"
        replica.write(directory)


def request(kind: str, mid: str, dst: str, **others: str) -> str:
    """A client's datagram."""
    return json.dumps(
        {"src": CLIENT, "dst": dst, "leader": "FFFF", "type": kind, "MID": mid, "key": "colour", **others}
    )


class _Run:
    def __init__(self) -> None:
        self.all: Final = replicas()

    def elect(self) -> None:
        first, second, third = self.all
        n = first.takes(0.1, "consensus", "ElectionTimeout", epoch=1, at=0.1)
        first.says(0.1, "role.changed", role="pre_candidate", previous="follower", term=0, reason="election timeout")
        first.says(0.11, "role.changed", role="candidate", previous="pre_candidate", term=0, reason="pre-vote won")
        first.says(0.11, "term.advanced", term=1, previous=0)
        m = first.takes(0.11, "log_store", "SaveHardState", ("consensus", n), term=1, voted_for="0001")
        first.does(0.11, "log_store", m, "storage", "save_hard_state", term=1, voted_for="0001")
        asks = {"term": 1, "last_log_index": 0, "last_log_term": 0}
        to_second = first.sends(0.12, "consensus", n, "request_vote", "0002", **asks)
        to_third = first.sends(0.12, "consensus", n, "request_vote", "0003", **asks)
        m = second.hears(0.13, to_second)
        second.says(0.13, "vote.granted", candidate="0001", term=1)
        yes = second.sends(0.13, "log_store", m, "vote_reply", "0001", term=1, granted=True)
        m = third.hears(0.13, to_third)
        third.says(0.13, "vote.refused", candidate="0001", term=1, reason="voted for another")
        no = third.sends(0.13, "consensus", m, "vote_reply", "0001", term=1, granted=False)
        first.hears(0.14, yes, no)
        first.says(0.15, "role.changed", role="leader", previous="candidate", term=1, reason="elected")

    def put(self) -> None:
        first, second, _ = self.all
        n = first.hears(1.0, request("put", "M1", "0001", value="green"))
        append = {
            "term": 1,
            "prev_log_index": 0,
            "prev_log_term": 0,
            "entries": [ENTRY],
            "commit_index": 0,
            "at": 1.0,
            "quiet": False,
        }
        to_second = first.sends(1.001, "consensus", n, "append", "0002", **append)
        first.sends(1.001, "consensus", n, "append", "0003", **append)
        self._store(first, 1.001, n)
        m = second.hears(1.002, to_second)
        self._store(second, 1.002, m)
        accepted = {"term": 1, "match_index": 1, "commit_index": 0, "at": 1.0}
        came = first.hears(1.004, second.sends(1.003, "log_store", 1, "append_accepted", "0001", **accepted))
        first.sends(1.005, "consensus", came, "ok", CLIENT, MID="M1")
        first.says(1.005, "request.answered", mid="M1", client=CLIENT, answer="ok", index=1)
        self._apply(first, 1.006, came)

    def _store(self, replica: Replica, at: float, n: int) -> None:
        appends = {"term": 1, "after": 0, "entries": [ENTRY], "report": replica.node == "0001"}
        m = replica.takes(at, "log_store", "Append", ("consensus", n), **appends)
        replica.does(at, "log_store", m, "storage", "append", entries=[ENTRY])

    def _apply(self, replica: Replica, at: float, n: int) -> None:
        replica.takes(at, "state_machine", "Apply", ("consensus", n), first=1, entries=[ENTRY])
        replica.says(at, "entry.committed", "state_machine", first=1, last=1)

    def tell(self) -> None:
        first, second, third = self.all
        heartbeat = {
            "term": 1,
            "prev_log_index": 1,
            "prev_log_term": 1,
            "entries": [],
            "commit_index": 1,
            "at": 2.0,
            "quiet": True,
        }
        n = first.takes(2.0, "replicator/0002", "Heartbeat", last_log_index=1, commit_index=1, at=2.0, quiet=True)
        told = second.hears(2.001, first.sends(2.0, "replicator/0002", n, "append", "0002", **heartbeat))
        self._apply(second, 2.002, told)
        first.sends(2.003, "replicator/0002", n, "append", "0002", **heartbeat)
        third.takes(2.1, "election_timer", "Rang", epoch=1, at=2.1)

    def trouble(self) -> None:
        first, second, third = self.all
        n = second.hears(2.5, request("get", "M2", "0002"))
        second.says(2.5, "request.held", mid="M2", client=CLIENT)
        second.sends(2.51, "consensus", n, "redirect", CLIENT, MID="M2", leader="0001")
        second.says(2.51, "request.answered", mid="M2", client=CLIENT, answer="redirect", leader="0001")
        first.hears(2.6, request("put", "M3", "0001", value="blue"))
        second.receives(3.0, "{}")
        second.says(3.0, "datagram.rejected", "socket_reader", reason="untyped", where="$.type", detail="no type")
        third.says(3.0, "role.changed", role="pre_candidate", previous="follower", term=0, reason="election timeout")
        third.says(3.4, "role.changed", role="follower", previous="pre_candidate", term=0, reason="not enough answers")

    def end(self) -> None:
        first, second, _ = self.all
        for replica in (first, second):
            replica.says(5.0, "node.stopped", "node", signal="SIGTERM")
