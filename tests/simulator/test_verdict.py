"""Bad replicas are found out, in virtual time: each kind by the check that is meant for it."""

from __future__ import annotations

import msgspec
import pytest

from simulator.config import Benchmarks, Config, Tests
from simulator.events import KillLeader, RestartAll
from simulator.ids import NodeId
from simulator.outcome import request_figures
from simulator.report import make_report
from simulator.text import full_text
from tests.simulator.stage import LEADER, Message, Obedient, Stage, broken, config, play


class AnswersTwice(Obedient):
    """Sends every answer two times."""

    def receive(self, message: Message) -> list[Message]:
        answers = super().receive(message)
        return answers + [answer for answer in answers if answer["type"] == "ok"]


class ForgetsWrites(Obedient):
    """Acknowledges puts and keeps only the first of each key."""

    def receive(self, message: Message) -> list[Message]:
        first = self.values.get(message.get("key"))
        answers = super().receive(message)
        if first is not None and message["type"] == "put":
            self.values[message["key"]] = first
        return answers


class EveryReplicaForItself(Obedient):
    """Answers from its own map whoever it is: no replication at all."""

    def __init__(self, name: NodeId, others: tuple[NodeId, ...]) -> None:
        super().__init__(LEADER, others)
        self.real_name = name

    def message(self, dst: object, kind: str, **fields: object) -> Message:
        return {**super().message(dst, kind, **fields), "src": self.real_name, "leader": "FFFF"}


class NeverAnswersGets(Obedient):
    """Leaves clients waiting."""

    def receive(self, message: Message) -> list[Message]:
        return [] if message["type"] == "get" else super().receive(message)


class NeverAnswersPuts(Obedient):
    """Leaves clients waiting."""

    def receive(self, message: Message) -> list[Message]:
        return [] if message["type"] == "put" else super().receive(message)


class AlwaysFails(Obedient):
    """Answers one request in two with `fail`."""

    failed = 0

    def receive(self, message: Message) -> list[Message]:
        if message["type"] in {"get", "put"} and self.name == LEADER:
            self.failed += 1
            if self.failed % 2:
                return [self.answer(message, "fail")]
        return super().receive(message)


class Silent(Obedient):
    """Says hello and nothing else."""

    def receive(self, message: Message) -> list[Message]:
        return []


class Lonely(Obedient):
    """Never speaks to the other replicas."""

    def receive(self, message: Message) -> list[Message]:
        return [answer for answer in super().receive(message) if answer["dst"] != "FFFF"]


def test_duplicate_answers_are_found() -> None:
    report = play(config(), AnswersTwice)
    assert broken(report) == {"no duplicate answers"}
    assert report.requests.duplicates == 20


def test_duplicates_within_the_configured_threshold_are_let_pass() -> None:
    tests = Tests(benchmarks=Benchmarks(duplicates=(0, 10, 30)))
    lenient = Config(lifetime=5, replicas=3, requests=20, mix=0.5, start_wait=0.5, end_wait=0.5, tests=tests)
    report = play(lenient, AnswersTwice)
    assert report.passed
    assert next(each.tier for each in report.benchmarks if each.name == "duplicates") == "partial"


def test_lost_writes_are_found_by_the_clients_and_by_the_history() -> None:
    report = play(config(requests=100), ForgetsWrites)
    assert broken(report) == {"no incorrect response", "history linearizable"}
    assert report.incorrect[0].text.startswith("0000 answers the get ")


def test_stale_reads_of_other_clients_values_are_found_by_the_history_alone() -> None:
    report = play(config(requests=100, shared_keys=2), EveryReplicaForItself)
    assert "history linearizable" in broken(report)
    assert report.violation is not None
    assert report.requests.gets_answered == report.requests.gets


def test_unanswered_gets_are_found() -> None:
    report = play(config(requests=50), NeverAnswersGets)
    assert broken(report) == {"gets answered"}
    assert report.failures == report.requests.unanswered_other == report.requests.gets


def test_fail_answers_are_failures_even_when_the_request_succeeds_later() -> None:
    report = play(config(requests=20), AlwaysFails)
    assert report.passed
    assert report.failures == report.requests.fails == 20


def test_a_silent_cluster_is_found() -> None:
    assert broken(play(config(), Silent)) >= {"some state was stored", "puts answered", "enough traffic"}


def test_too_little_traffic_is_found() -> None:
    assert broken(play(config(requests=100), Lonely)) == {"enough traffic"}


def test_requests_lost_with_a_killed_replica_are_told_apart_from_others() -> None:
    stage = Stage(config(KillLeader(time=2.0), requests=50))
    stage.say(LEADER, "0001", "append", leader=LEADER)
    stage.until(60.0)
    figures = request_figures(stage.run)
    lost = [request for request in stage.run.clients.requests if request.attempts[-1].replica == LEADER]
    assert 0 < figures.unanswered_killed == len(lost) < 20
    assert figures.failures == 50 == figures.unanswered_killed + figures.unanswered_other


def test_requests_for_which_no_replica_lived_are_not_called_sent_and_are_failures_all_the_same() -> None:
    stage = Stage(config(RestartAll(time=1.0, after_s=600), requests=50, mix=0.5))
    stage.say(LEADER, "0001", "append", leader=LEADER)
    stage.until(60.0)
    report = make_report(stage.run, "x", "y")
    figures = report.requests
    assert figures.unasked == sum(not request.attempts for request in stage.run.clients.requests) > 30
    assert (figures.sent + figures.unasked, figures.unsent) == (50, 0)
    assert "puts answered" in broken(report)
    assert report.failures == figures.unanswered_killed + figures.unasked
    text = full_text(report)
    assert f"{figures.sent} sent, 0 not; for {figures.unasked} more no replica lived to be asked" in text
    assert f"{figures.sent} of 50 sent: " in text


def test_gets_that_could_not_be_generated_because_the_leader_was_late_say_so() -> None:
    stage = Stage(config(requests=20, mix=0.9))
    stage.until(1.47)
    stage.say(LEADER, "0001", "append", leader=LEADER)
    stage.until(60.0)
    (check,) = [check for check in make_report(stage.run, "x", "y").checks if check.name == "clients had keys to read"]
    assert not check.held
    assert check.detail.endswith("; first leader 1.47 s after the first request; start_wait was 0.5")


def test_of_few_requests_the_load_is_named_where_gets_come_before_any_key() -> None:
    report = next(
        report for report in (play(config(requests=10, mix=0.8), seed=seed) for seed in range(10)) if not report.passed
    )
    (check,) = [check for check in report.checks if not check.held]
    assert check.name == "clients had keys to read"
    assert check.detail.startswith("7 of 8; at most 10% may not; the others became puts, for no client had a key")
    assert "; where requests are few, that is the load's doing, not the replicas': more requests, " in check.detail


def test_the_clock_of_a_violation_is_that_of_the_journal() -> None:
    report = play(config(requests=100), ForgetsWrites)
    assert report.violation is not None
    ends = {each.mid: each.returned_at for each in report.violation.operations if each.kind == "get"}
    told = {mid: entry.at for entry in report.incorrect for mid in ends if f" {mid} " in entry.text}
    assert told
    assert all(ends[mid] == pytest.approx(at) for mid, at in told.items())


@pytest.mark.parametrize(("allowed", "held"), [(0.99, False), (1.0, True)])
def test_that_nothing_was_stored_is_held_against_a_run_unless_all_puts_may_fail(allowed: float, held: bool) -> None:
    tests = Tests(maximum_put_fail_fraction=allowed, maximum_get_fail_fraction=1.0)
    report = play(msgspec.structs.replace(config(mix=0.0), tests=tests), NeverAnswersPuts)
    assert ("some state was stored" not in broken(report)) == held
    assert report.requests.puts_answered == 0
