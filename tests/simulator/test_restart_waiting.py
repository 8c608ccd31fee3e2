"""Who waits for a replica that is killed and started again, waits for ever."""

from __future__ import annotations

from simulator.events import Restart
from simulator.ids import NodeId
from simulator.outcome import request_figures
from simulator.requests import Attempt
from tests.simulator.machine import Machine
from tests.simulator.stage import FOLLOWER, LEADER, requests_in


def test_the_restart_of_a_leader_is_a_failover_that_its_new_process_may_end() -> None:
    machine = Machine(Restart(time=1, after_s=0.5), requests=5)
    machine.until(1.7)
    assert [(each.leader, each.cause, each.at) for each in machine.run.failovers.all] == [(LEADER, "killed", 1.5)]
    machine.say(LEADER, "FFFF", "hello")
    (request,) = requests_in(machine.until(2.0))
    machine.say(LEADER, str(request["src"]), "ok", LEADER, MID=request["MID"])
    assert machine.run.failovers.all[0].served_at == 2.5


def test_the_restart_of_a_follower_is_no_failover() -> None:
    machine = Machine(Restart(time=1, replica="follower"))
    machine.until(3.0)
    assert machine.run.failovers.all == []
    assert machine.run.cluster.leader == LEADER


def restarted(*, after_s: float = 0.5) -> tuple[Machine, list[Attempt]]:
    """A run in which a follower was restarted just now; with who waited for its first process, of those who asked."""
    machine = Machine(Restart(time=1, replica=FOLLOWER, after_s=after_s), requests=60)
    machine.until(1.0)
    waiting = [each for each in machine.run.clients.attempts() if each.replica == FOLLOWER]
    assert 0 < len(waiting) < len(machine.run.clients.requests)
    machine.until(1.0 + after_s)
    machine.say(FOLLOWER, "FFFF", "hello")
    return machine, waiting


def say_ok(machine: Machine, sender: NodeId, attempt: Attempt) -> None:
    machine.say(sender, attempt.request.client, "ok", MID=attempt.mid)


def test_requests_at_a_process_that_is_gone_are_not_under_way() -> None:
    machine, waiting = restarted()
    assert machine.run.clients.in_flight == len(machine.run.clients.requests) - len(waiting)


def test_an_answer_that_another_gives_in_its_stead_takes_nobody_else_off_the_count() -> None:
    machine, waiting = restarted()
    before = machine.run.clients.in_flight
    say_ok(machine, LEADER, waiting[0])
    assert waiting[0].answered_at is not None
    assert machine.run.clients.in_flight == before


def test_what_the_old_process_answered_before_its_end_takes_nobody_off_the_count() -> None:
    machine = Machine(Restart(time=1, replica=FOLLOWER), requests=60)
    machine.until(1.0)
    attempt = next(each for each in machine.run.clients.attempts() if each.replica == FOLLOWER)
    say_ok(machine, FOLLOWER, attempt)
    assert attempt.answered_at is not None
    assert machine.run.clients.waiting_at[FOLLOWER] == 0


def test_requests_at_the_new_process_are_under_way_until_it_answers() -> None:
    machine, _ = restarted()
    machine.until(2.5)
    fresh = [each for each in machine.run.clients.attempts() if each.incarnation == 2]
    assert {each.replica for each in fresh} == {FOLLOWER}
    before = machine.run.clients.in_flight
    say_ok(machine, FOLLOWER, fresh[0])
    assert machine.run.clients.in_flight == before - 1


def test_only_who_waited_for_the_old_process_counts_as_unanswered_by_a_killed_one() -> None:
    machine, waiting = restarted()
    machine.until(60.0)
    fresh = [each for each in machine.run.clients.attempts() if each.incarnation == 2]
    assert fresh
    figures = request_figures(machine.run)
    assert (figures.unanswered_killed, figures.unanswered_other) == (len(waiting), 60 - len(waiting))


def test_who_waited_for_a_process_that_never_came_back_counts_as_unanswered_by_a_killed_one() -> None:
    machine = Machine(Restart(time=1, replica=FOLLOWER, after_s=600), requests=60)
    machine.until(60.0)
    at_it = [each for each in machine.run.clients.attempts() if each.replica == FOLLOWER]
    assert request_figures(machine.run).unanswered_killed == len(at_it) > 0


def test_a_request_that_is_sent_anew_to_a_living_replica_counts_by_its_last_attempt() -> None:
    machine, waiting = restarted()
    attempt = waiting[0]
    machine.say(LEADER, attempt.request.client, "redirect", LEADER, MID=attempt.mid)
    machine.until(60.0)
    assert request_figures(machine.run).unanswered_killed == len(waiting) - 1


def test_clients_that_believed_the_old_process_to_lead_ask_somebody_else() -> None:
    machine = Machine(Restart(time=1, after_s=0.5), requests=60)
    for request in requests_in(machine.until(0.9)):
        machine.answer(request, leader=LEADER)
    machine.until(1.4)
    late = [each for each in machine.run.clients.attempts() if each.sent_at > 1.5]
    assert late
    assert LEADER not in {each.replica for each in late}
