"""The summary: what is wrong first, and every figure that of the records."""

import json
import os
import re
from pathlib import Path
from typing import Final

import pytest

from audit.__main__ import main
from audit.reading import read
from audit.summary_anomalies import anomalies_of
from audit.summary_facts import Summary, summary_of
from audit.summary_lanes import lanes_of
from audit.summary_requests import latency_of
from audit.summary_text import text_of
from audit.timeline_text import Painter
from tests.audit.small_run import small_run
from tests.audit.trails import WALL, Replica, encoded, event, opened, replicas

NOW_S: Final = 4e9
"""Long after any test has written its trails, in seconds since 1970."""


@pytest.fixture
def summary(tmp_path: Path) -> Summary:
    small_run(tmp_path)
    return summary_of(read(tmp_path), now_s=NOW_S)


@pytest.fixture
def of_events(tmp_path: Path) -> Summary:
    small_run(tmp_path, events_only=True)
    return summary_of(read(tmp_path), now_s=NOW_S)


def sentences(summary: Summary) -> list[str]:
    return [anomaly.sentence for anomaly in anomalies_of(summary)]


def written(tmp_path: Path, *cluster: Replica) -> Summary:
    for replica in cluster:
        replica.write(tmp_path)
    return summary_of(read(tmp_path), now_s=NOW_S)


def test_what_is_unusual_is_said(summary: Summary) -> None:
    assert sentences(summary) == [
        "0003 was killed, cut off, or is still running: its trail ends at 3.400 s, before the others.",
        "1 campaign for leadership failed: 1 of 0003.",
        "1 request at 0001 never answered: M3.",
        "1 x datagram rejected: untyped at $.type.",
    ]
    assert not any(anomaly.is_wrong for anomaly in anomalies_of(summary))


def test_of_a_replica_that_wrote_just_now_nothing_is_said_to_have_ended(tmp_path: Path) -> None:
    """0001 and 0002 said that they stopped; 0003 did not, and its file is fresh."""
    small_run(tmp_path)
    os.utime(tmp_path / "0003.jsonl", (1000, 1000))
    fresh, old = (summary_of(read(tmp_path), now_s=now_s) for now_s in (1004.9, 1005.0))
    assert "0003 is still running? The last that it wrote is of 3.400 s." in sentences(fresh)
    assert not any("running?" in sentence for sentence in sentences(old))
    assert [life.ending for life in fresh.lives] == ["stopped", "stopped", "running"]
    assert "x" not in list(lanes_of(fresh, 56))[2]


def test_a_replica_that_was_started_again_is_said_with_both_times(tmp_path: Path) -> None:
    cluster = replicas()
    for replica in cluster:
        replica.says(9, "node.stopped", "node", signal="SIGTERM")
    cluster[1].records[-1]["at"] = 4
    again = [
        opened("0002", ("0001", "0003"), incarnation=2, at=5.0, wall=WALL + 5),
        event("0002", 9, 1, "node.stopped"),
    ]
    (tmp_path / "0002.2.jsonl").write_bytes(encoded(again))
    assert "0002 was stopped at 4.000 s, and started again at 5.000 s." in sentences(written(tmp_path, *cluster))


def test_a_request_at_a_replica_that_lives_may_yet_be_answered(tmp_path: Path) -> None:
    (alone,) = replicas(1)
    ask = {"src": "0011", "dst": "0001", "leader": "FFFF", "type": "get", "MID": "M1", "key": "k"}
    alone.hears(1, json.dumps(ask))
    alone.says(1, "role.changed", role="leader", previous="candidate", term=1, reason="elected")
    assert "1 request at 0001 never answered: M1." in sentences(written(tmp_path, alone))
    os.utime(tmp_path / "0001.jsonl", (1000, 1000))
    living = summary_of(read(tmp_path), now_s=1001)
    assert "1 request at 0001 not answered yet: M1." in sentences(living)
    text = text_of(living, width=80, painter=Painter(coloured=False))
    assert "term 1    0001   from     1.000 s to     1.000 s: still running?" in text


def test_an_election_is_told_with_its_votes_and_how_long_it_took(summary: Summary) -> None:
    won, lost = summary.campaigns
    assert (won.node, won.term, won.outcome, won.votes) == ("0001", 1, "won", {"0001", "0002"})
    assert won.against == {"0003": "voted for another"}
    assert won.took_ms == pytest.approx(50)
    assert (lost.node, lost.outcome, lost.ending, lost.voted) == ("0003", "lost", "not enough answers", False)


def test_a_vote_that_is_given_after_all_counts(tmp_path: Path) -> None:
    first, second, third = replicas()
    first.says(1, "role.changed", role="pre_candidate", previous="follower", term=0, reason="election timeout")
    second.says(2, "pre_vote.answered", candidate="0001", proposed=1, refusal="a leader lives")
    second.says(3, "pre_vote.answered", candidate="0001", proposed=1)
    (campaign,) = written(tmp_path, first, second, third).campaigns
    assert (campaign.pre_votes, campaign.against, campaign.outcome) == ({"0001", "0002"}, {}, "open")


def test_leaders_and_their_terms_are_told(tmp_path: Path) -> None:
    first, second, third = replicas()
    first.says(1, "term.advanced", term=1, previous=0)
    first.says(1, "role.changed", role="leader", previous="candidate", term=1, reason="elected")
    second.says(2, "term.advanced", term=2, previous=1)
    second.clock = 1
    second.says(3, "term.advanced", term=3, previous=2)
    second.says(3, "role.changed", role="leader", previous="candidate", term=3, reason="elected")
    first.clock = 2
    first.says(4, "role.changed", role="follower", previous="leader", term=1, reason="append of a newer term")
    summary = written(tmp_path, first, second, third)
    assert [(each.node, each.term, each.began_at, each.ended_at) for each in summary.leaderships] == [
        ("0001", 1, 1.0, 4.0),
        ("0002", 3, 3.0, None),
    ]
    assert "The leader changed: 0001 (term 1), then 0002 (term 3)." in sentences(summary)
    assert "Terms without a leader: 2." in sentences(summary)


def test_two_leaders_of_a_term_are_wrong(tmp_path: Path) -> None:
    cluster = replicas()
    for replica in cluster[:2]:
        replica.says(1, "role.changed", role="leader", previous="candidate", term=1, reason="elected")
    summary = written(tmp_path, *cluster)
    first = anomalies_of(summary)[0]
    assert (first.is_wrong, first.sentence) == (True, "Term 1 had more than one leader: 0001, 0002.")
    assert main(["summary", str(tmp_path)]) == 1


def test_a_replica_that_failed_is_wrong(tmp_path: Path) -> None:
    cluster = replicas()
    cluster[0].says(1, "node.failed", "node", thread="core", error="AssertionError()", traceback="...")
    summary = written(tmp_path, *cluster)
    assert anomalies_of(summary)[0].sentence == "0001 failed: AssertionError(), at 1.000 s."
    assert anomalies_of(summary)[0].is_wrong


def test_damage_of_the_trail_is_wrong(tmp_path: Path) -> None:
    small_run(tmp_path)
    path = tmp_path / "0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"candidate"', b'"undecided"', 1))
    assert anomalies_of(summary_of(read(tmp_path), now_s=NOW_S))[0].is_wrong


def test_fails_and_impossible_messages_are_said_with_their_reasons(tmp_path: Path) -> None:
    cluster = replicas()
    cluster[0].says(1, "request.answered", mid="M1", client="0011", answer="fail", reason="too many requests are open")
    cluster[0].says(1, "message.impossible", type="append", peer="0002", reason="another one leads")
    cluster[0].says(1, "message.outdated", type="vote_reply", peer="0002", term=1)
    found = sentences(written(tmp_path, *cluster))
    assert "1 request answered fail: too many requests are open." in found
    assert "1 x impossible append: another one leads." in found
    assert not any("outdated" in sentence for sentence in found), "what is late is normal"


def test_messages_are_counted_sent_received_and_lost(summary: Summary) -> None:
    assert [(each.type, each.sent, each.received, each.lost) for each in summary.messages] == [
        ("append", 4, 2, 2),
        ("request_vote", 2, 2, 0),
        ("vote_reply", 2, 2, 0),
        ("append_accepted", 1, 1, 0),
    ]


def test_a_message_that_arrived_twice_is_counted_as_repeated(tmp_path: Path) -> None:
    first, second, third = replicas()
    payload = first.sends(1, "consensus", 1, "leader_check", "0002", term=1)
    second.receives(2, payload, payload)
    (kind,) = written(tmp_path, first, second, third).messages
    assert (kind.sent, kind.received, kind.lost, kind.repeated) == (1, 2, 0, 1)


def test_requests_are_counted_by_replica(summary: Summary) -> None:
    first, second = summary.requests["0001"], summary.requests["0002"]
    assert (first.taken, dict(first.answers), first.open) == (2, {"ok": 1}, {"M3"})
    assert (second.taken, dict(second.answers), second.held, second.open) == (1, {"redirect": 1}, 1, set())


def test_latency_is_from_the_socket_to_the_answer(summary: Summary) -> None:
    assert summary.latencies["put"].median_ms == pytest.approx(5)
    assert summary.latencies["redirect"].worst_ms == pytest.approx(10)


def test_the_figures_of_latencies() -> None:
    latency = latency_of([float(number) for number in range(101)])
    assert latency is not None
    assert (latency.count, latency.median_ms, latency.p99_ms, latency.worst_ms) == (101, 50, 99, 100)
    assert latency_of([]) is None


def test_progress_is_what_was_applied_by_then(summary: Summary) -> None:
    assert summary.progress.times == pytest.approx([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5])
    assert summary.progress.applied["0001"] == (0, 0, 1, 1, 1, 1, 1, 1, 1, 1)
    assert summary.progress.applied["0002"] == (0, 0, 0, 0, 1, 1, 1, 1, 1, 1)
    assert summary.progress.applied["0003"] == (0,) * 10


def test_lanes_show_who_was_in_which_role(summary: Summary) -> None:
    first, second, third, axis, *_ = lanes_of(summary, 56)
    assert first == "0001  " + "·1" + "━" * 48
    assert second == "0002  " + "·" * 50
    assert third == "0003  " + "·" * 30 + "ppppp" + "x"
    assert axis.startswith("      0.0       1.0       2.0")
    assert axis.endswith("5.0 s")


def test_lanes_and_their_legend_are_no_wider_than_asked_for(summary: Summary) -> None:
    for width in (40, 56, 200):
        lines = list(lanes_of(summary, width))
        assert max(map(len, lines)) <= width
        legend = " ".join(" ".join(lines[4:]).split())
        assert legend.startswith("· follows p asks for pre-votes")
        assert legend.endswith("x ends before the others")


def test_sentences_are_folded_for_what_does_not_fold_them_itself(summary: Summary) -> None:
    text = text_of(summary, width=52, painter=Painter(coloured=False), folds=True)
    sentences_and_lanes = text.partition("Applied entries")[0].splitlines()
    assert max(map(len, sentences_and_lanes)) <= 52
    whole = text_of(summary, width=52, painter=Painter(coloured=False))
    assert "".join(text.split()) == "".join(whole.split()), "a long path may be broken"


def test_the_times_below_the_lanes_do_not_run_into_one_another(summary: Summary) -> None:
    for width in range(26, 120):
        axis = list(lanes_of(summary, width))[3]
        assert set(axis.split()) <= {"0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "s"}


def test_events_alone_are_summed_up_and_what_is_not_known_is_said(of_events: Summary) -> None:
    text = text_of(of_events, width=100, painter=Painter(coloured=False))
    assert "elected after 50.0 ms" in text
    assert "Messages were not recorded (level events)" in text
    assert "not recorded (level events)" in text
    assert of_events.messages == ()


def test_records_are_counted_by_replica_and_actor(summary: Summary) -> None:
    assert sum(life.records for life in summary.lives) == 60
    assert all(sum(life.by_actor.values()) == life.records for life in summary.lives)


def test_json_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_run(tmp_path)
    assert main(["summary", str(tmp_path), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert whole["anomalies"][1]["sentence"] == "1 campaign for leadership failed: 1 of 0003."
    assert whole["summary"]["leaderships"][0]["node"] == "0001"
    assert whole["summary"]["messages"][0]["lost"] == 2


def test_the_example_with_jq_finds_something(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["summary", "--help"])
    (path,) = re.findall(r"--json \| jq \.([\w.]+)", capsys.readouterr().out)
    small_run(tmp_path)
    main(["summary", str(tmp_path), "--json"])
    found = json.loads(capsys.readouterr().out)
    for name in path.split("."):
        found = found[name]
    assert found


def test_a_trail_of_a_replica_that_did_nothing_is_summed_up(tmp_path: Path) -> None:
    summary = written(tmp_path, Replica(node="0001", peers=[]))
    assert sentences(summary) == ["Nobody was elected."]
    assert "0.0 s, 1 trail, 1 record\n" in text_of(summary, width=80, painter=Painter(coloured=False))
