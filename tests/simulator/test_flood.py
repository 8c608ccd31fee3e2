"""Many requests at once, beside those of the workload."""

from __future__ import annotations

from simulator.events import AnyEvent, Flood, Restart
from simulator.outcome import request_figures
from simulator.report import make_report
from tests.simulator.stage import Message, Stage, broken, config, play, requests_in


def staged(*events: AnyEvent, mix: float = 0.5, burst: int = 0, shared_keys: int = 0) -> Stage:
    return Stage(config(*events, requests=1, mix=mix, burst=burst, shared_keys=shared_keys))


def flooded(event: Flood, *, mix: float, shared_keys: int = 5) -> list[Message]:
    """The requests of a flood."""
    stage = staged(event, mix=mix, shared_keys=shared_keys)
    stage.until(event.time - 0.001)
    return requests_in(stage.until(event.time))


def kinds(requests: list[Message]) -> list[object]:
    return [request["type"] for request in requests]


def test_a_flood_is_so_many_requests_at_its_time() -> None:
    assert len(flooded(Flood(time=1, requests=37), mix=0.5)) == 37


def test_a_flood_has_as_many_gets_as_the_mix_says() -> None:
    found = kinds(flooded(Flood(time=1, requests=40), mix=0.3))
    assert (found.count("get"), found.count("put")) == (12, 28)


def test_the_order_of_a_flood_is_mixed_too() -> None:
    found = kinds(flooded(Flood(time=1, requests=40), mix=0.5))
    assert found not in (sorted(map(str, found)), sorted(map(str, found), reverse=True))


def test_a_flood_of_gets_before_anything_was_written_is_one_of_puts_and_counted() -> None:
    stage = staged(Flood(time=1, requests=10), mix=1.0)
    stage.until(1.0)
    assert {request.kind for request in stage.run.clients.requests} == {"put"}
    assert stage.run.clients.answers.ungenerated_gets == 1 + 10


def test_the_requests_of_a_flood_count_as_sent_and_leave_none_unsent() -> None:
    report = play(config(Flood(time=2, requests=100), requests=20))
    assert report.passed, broken(report)
    assert (report.requests.sent, report.requests.unsent) == (120, 0)
    assert report.requests.gets + report.requests.ungenerated_gets == 10 + 50


def test_a_flood_does_not_wait_for_room_in_a_burst() -> None:
    stage = staged(Flood(time=1, requests=30), burst=2)
    stage.until(1.0)
    assert stage.run.clients.in_flight == 1 + 30


def test_a_flood_that_finds_nobody_alive_is_asked_of_nobody_and_never_answered() -> None:
    restarts = [Restart(time=0.5, replica=name, after_s=600) for name in ("0000", "0001", "0002")]
    stage = staged(*restarts, Flood(time=1, requests=10))
    stage.until(0.5)
    assert requests_in(stage.until(1.0)) == []
    assert [request.attempts for request in stage.run.clients.requests[1:]] == [[]] * 10
    figures = request_figures(stage.run)
    assert (figures.sent, figures.unasked, figures.unanswered_other) == (1, 10, 0)
    assert figures.gets + figures.puts == 11
    assert figures.failures == 11


def test_the_journal_tells_of_a_flood_and_it_is_counted() -> None:
    stage = staged(Flood(time=1, requests=200))
    stage.until(1.0)
    (entry,) = stage.run.journal.entries
    assert (entry.at, entry.text) == (1.0, "200 requests more, all at once")
    assert stage.run.injected == {"flood": 1}


def test_two_seeds_flood_differently_and_one_seed_alike() -> None:
    def asked(seed: int) -> list[str]:
        stage = Stage(config(Flood(time=1, requests=30), requests=1), seed)
        stage.until(60.0)
        assert make_report(stage.run, "x", "y").requests.sent == 31
        return [request.kind + request.key for request in stage.run.clients.requests]

    assert asked(1) == asked(1) != asked(2)
