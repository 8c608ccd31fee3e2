"""Running a replica again, where that ends: at what cannot be, at a failure, at what is missing."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace as changed

from audit.reading import read
from audit.records import Did, Record, Took
from audit.rerun import rerun
from audit.trails import NodeTrail
from tests.audit import stories
from tests.audit.altered import diverging, event, is_done, is_told, last, of, of_a_leader, place_of, records, took

RINGS: Final = b'{"epoch":1,"at":0.0}'


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> NodeTrail:
    return of_a_leader(tmp_path_factory.mktemp("run"))


# --- what cannot be ---------------------------------------------------------------------------------------------


def test_a_number_that_is_left_out_is_a_divergence_unless_something_is_known_to_be_missing(trail: NodeTrail) -> None:
    kept = records(trail)
    place = place_of(trail, lambda record: isinstance(record, Took))
    gone = kept.pop(place)
    assert isinstance(gone, Took)
    divergence = diverging(rerun(of(trail, kept, has_gaps=False)))
    following = divergence.at.record
    assert isinstance(following, Took)
    assert (following.actor, following.n) == (gone.actor, gone.n + 1)
    stopped = rerun(of(trail, kept, has_gaps=True))
    assert stopped.divergence is None
    assert stopped.stopped == f"records are missing before {divergence.at.place}"


def test_an_actor_that_the_replica_does_not_have_is_a_divergence(trail: NodeTrail) -> None:
    stranger = changed(last(trail, "state_machine"), actor="oracle", n=1)
    divergence = diverging(rerun(of(trail, [*records(trail), stranger])))
    assert divergence.got == "none is called 'oracle'"


def test_a_message_that_no_actor_takes_is_a_divergence(trail: NodeTrail) -> None:
    rang = took(trail, "election_timer", "Rang", b'{"epoch":"one"}')
    divergence = diverging(rerun(of(trail, [*records(trail), rang])))
    assert divergence.got.startswith("none: Expected `int`, got `str`")
    assert divergence.guilty.startswith("election_timer of ")


# --- failures ---------------------------------------------------------------------------------------------------


def failing(trail: NodeTrail) -> list[Record]:
    """The trail, and then a message that Consensus does not handle."""
    return [*records(trail), took(trail, "consensus", "Rang", RINGS)]


def test_a_failure_that_happens_again_is_no_divergence(trail: NodeTrail) -> None:
    failed = event(trail, "node.failed", error="AssertionError()", handling=["consensus", 1])
    result = rerun(of(trail, [*failing(trail), failed]))
    assert result.divergence is None
    assert result.stopped == "it fails, as it did then"
    assert result.failure is not None
    assert result.failure.at is not None
    n = last(trail, "consensus").n + 1
    assert str(result.failure).startswith(
        f"{trail.name} failed, handling delivery {n} of consensus (Rang): AssertionError"
    )
    assert str(result.failure).endswith(f"({result.failure.at.place})")


def test_a_failure_of_which_the_last_words_were_lost_is_known_all_the_same(trail: NodeTrail) -> None:
    result = rerun(of(trail, failing(trail)))
    assert result.divergence is None
    assert result.failure is not None
    assert result.failure.at is None


def test_an_actor_that_goes_on_after_what_it_fails_at_is_to_blame(trail: NodeTrail) -> None:
    more = failing(trail)
    before = more[-1]
    assert isinstance(before, Took)
    divergence = diverging(rerun(of(trail, [*more, changed(before, n=before.n + 1)])))
    assert divergence.guilty.endswith("(Rang)")
    assert divergence.got == "it goes on"


def test_a_failure_that_does_not_happen_again_is_the_fault_of_who_failed(trail: NodeTrail) -> None:
    stopped = last(trail, "log_store")
    failed = event(trail, "node.failed", error="AssertionError('gap')", handling=["log_store", stopped.n])
    result = rerun(of(trail, [*records(trail), failed]))
    divergence = diverging(result)
    assert divergence.guilty == f"log_store of {trail.name}, delivery {stopped.n} ({stopped.type})"
    assert (divergence.expected, divergence.got) == ("no actor fails", "one fails with AssertionError('gap')")
    assert result.failure is not None


def test_a_failure_that_names_no_delivery_blames_no_actor(trail: NodeTrail) -> None:
    failed = event(trail, "node.failed", error="OSError(28)")
    divergence = diverging(rerun(of(trail, [*records(trail), failed])))
    assert divergence.guilty == f"no actor of {trail.name}, but a record"


# --- what cannot be run again -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("trail.shed", "records are missing from {} on: the replica shed them"),
        ("trail.unwritable", "the record at {} could not be written"),
    ],
)
def test_a_rerun_stops_where_the_trail_says_that_something_is_missing(
    name: str, sentence: str, trail: NodeTrail
) -> None:
    whole = records(trail)
    result = rerun(of(trail, [*whole[:100], event(trail, name, count=3), *whole[110:]], has_gaps=True))
    assert result.divergence is None
    assert result.stopped == sentence.format(f"{trail.node}.jsonl:101")
    assert result.replayed == sum(isinstance(record, Took | Did) for record in whole[:100])


def test_a_rerun_stops_at_a_damaged_record(trail: NodeTrail) -> None:
    result = rerun(replace(of(trail, records(trail)), damaged=frozenset({50})))
    assert result.stopped == f"the record at {trail.node}.jsonl:51 is damaged"


def test_a_rerun_stops_behind_a_line_that_cannot_be_read(trail: NodeTrail) -> None:
    """What stood there may have been an output: its lack is nobody's fault."""
    place = place_of(trail, is_done)
    whole = of(trail, records(trail)).records
    rest = [changed(each, position=each.position - 1) for each in whole[place + 1 :]]
    result = rerun(replace(trail, records=[*whole[:place], *rest], has_gaps=True))
    assert result.divergence is None
    assert result.stopped == f"what stands before {trail.node}.jsonl:{place + 2} cannot be read"


def test_a_rerun_stops_where_a_part_is_missing(trail: NodeTrail) -> None:
    opened = trail.opened
    assert opened is not None
    result = rerun(of(trail, [*records(trail)[:50], changed(opened, part=3)]))
    assert result.stopped == f"a part before {trail.node}.jsonl:51 is missing"


def test_a_trail_without_beginning_is_not_run(trail: NodeTrail) -> None:
    result = rerun(replace(trail, is_complete_from_start=False))
    assert (result.replayed, result.stopped) == (0, "its beginning is missing")


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"level": "events"}, "its trail is of level 'events', which has no messages"),
        ({"storage": "stone"}, "Storage 'stone' cannot be run again by this version."),
        ({"settings": {"patience_ms": 5}}, "The settings are not this version's: "),
    ],
)
def test_a_replica_that_this_version_cannot_run_is_not_run(
    others: dict[str, object], sentence: str, trail: NodeTrail
) -> None:
    opened = trail.opened
    assert opened is not None
    result = rerun(replace(trail, opened=changed(opened, **others)))
    assert result.replayed == 0
    assert result.stopped is not None
    assert result.stopped.startswith(sentence)


def test_a_failure_is_known_also_of_a_replica_that_cannot_be_run(trail: NodeTrail) -> None:
    failed = event(trail, "node.failed", error="AssertionError()")
    result = rerun(of(trail, [*records(trail), failed], is_complete_from_start=False))
    assert result.failure is not None


# --- what is never taken ----------------------------------------------------------------------------------------


def silenced(trail: NodeTrail, actor: str, from_s: float) -> list[Record]:
    """The trail without what `actor` took from then on, and did for it; its last message before is taken."""
    return [
        record
        for record in records(trail)
        if not (isinstance(record, Took | Did) and record.actor == actor and record.at >= from_s)
    ]


def test_a_log_store_without_a_disk_has_nothing_to_wait_for(tmp_path: Path) -> None:
    """Of a follower: what it stores is acknowledged to others, and reported to nobody in the house."""
    stories.short(tmp_path)
    follower = min(read(tmp_path).nodes, key=lambda node: len(node.records))
    appends = [each.at for each in records(follower) if is_told(each) and each.type == "Append"]
    begins_s = max(at for at in appends if at < follower.records[-1].record.at - 1.2)
    divergence = diverging(rerun(of(follower, silenced(follower, "log_store", begins_s))))
    assert divergence.got == "log_store never took it, and stands idle"


def test_an_actor_that_takes_nothing_any_more_of_what_it_is_told_is_missed(trail: NodeTrail) -> None:
    divergence = diverging(rerun(of(trail, silenced(trail, "state_machine", 0.0))))
    assert divergence.guilty.startswith(f"consensus of {trail.name}, delivery ")
    assert " tells state_machine Apply " in divergence.expected
    assert divergence.got == "state_machine never took it, and stands idle"


def test_an_actor_that_has_been_silent_for_a_moment_may_take_it_yet(trail: NodeTrail) -> None:
    applies = [each.at for each in records(trail) if is_told(each) and each.type == "Apply"]
    begins_s = next(at for at in applies if at > applies[-1] - 0.9)
    kept = silenced(trail, "state_machine", begins_s)
    kept = [each for each in kept if each.at <= begins_s + 0.9]
    assert rerun(of(trail, kept)).divergence is None


def test_a_replica_that_stood_still_before_its_end_had_no_time_to_take_it(trail: NodeTrail) -> None:
    """It was stopped for a while, and ended as soon as it went on."""
    applies = [each.at for each in records(trail) if is_told(each) and each.type == "Apply"]
    kept = [each for each in silenced(trail, "state_machine", applies[0]) if each.at <= applies[0] + 0.6]
    end = event(trail, "node.stopped", signal="SIGTERM")
    kept.append(changed(end, at=kept[-1].at + 5.0))
    assert rerun(of(trail, kept)).divergence is None


def test_an_actor_that_is_busy_has_not_lost_what_waits_for_it(trail: NodeTrail) -> None:
    """It works off what it was told, long ago, one message after another."""
    backlog = [each for each in records(trail) if isinstance(each, Took) and each.actor == "state_machine"]
    kept = silenced(trail, "state_machine", 0.0)
    end_s = kept[-1].at
    assert end_s > backlog[1].at + 1.5
    assert rerun(of(trail, [*kept, changed(backlog[0], at=end_s)])).divergence is None
