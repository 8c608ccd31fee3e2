"""Running a replica again: whatever its trail says otherwise than its actors do is found, with who is to blame."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace as changed

from audit.reading import read
from audit.records import Did, Took
from audit.rerun import rerun
from audit.trails import NodeTrail
from messages.consensus import Appended, HardStateSaved, HeartbeatDue
from messages.election_timer import Reset
from messages.log_store import Append, SaveHardState
from messages.replicator import Acknowledged
from messages.state_machine import Apply
from tests.actors.cluster import Mailbox
from tests.audit import stories
from tests.audit.altered import diverging, is_done, is_told, last, of, of_a_leader, place_of, records, took


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> NodeTrail:
    return of_a_leader(tmp_path_factory.mktemp("run"))


# --- agreement --------------------------------------------------------------------------------------------------


def test_every_record_of_a_true_trail_is_what_its_actors_do(trail: NodeTrail) -> None:
    result = rerun(trail)
    assert (result.divergence, result.failure, result.stopped) == (None, None, None)
    assert result.replayed == sum(isinstance(record, Took | Did) for record in records(trail)) > 500
    assert result.actors == 7


def test_what_was_on_its_way_when_the_trail_ends_is_nobodys_fault(trail: NodeTrail) -> None:
    """A killed replica's trail may end anywhere."""
    whole = records(trail)
    for end in range(2, len(whole), 7):
        result = rerun(of(trail, whole[:end]))
        assert (result.divergence, result.stopped) == (None, None), end


# --- what actors do ---------------------------------------------------------------------------------------------


def test_an_output_that_is_missing_is_the_fault_of_whose_it_is(trail: NodeTrail) -> None:
    place, kept = place_of(trail, is_done), records(trail)
    gone = kept.pop(place)
    assert isinstance(gone, Did)
    divergence = diverging(rerun(of(trail, kept)))
    assert divergence.guilty.startswith(f"{gone.actor} of {trail.name}, delivery {gone.n} (")
    assert bytes(gone.value).decode() in divergence.expected


def test_an_output_too_much_is_the_fault_of_whose_it_is(trail: NodeTrail) -> None:
    place, kept = place_of(trail, is_done), records(trail)
    twice = kept[place]
    assert isinstance(twice, Did)
    while isinstance(kept[place + 1], Did):
        place += 1
    kept.insert(place + 1, twice)
    divergence = diverging(rerun(of(trail, kept)))
    assert divergence.at.position == place + 1
    assert divergence.guilty.startswith(f"{twice.actor} of {trail.name}, delivery {twice.n} (")
    assert divergence.expected == f"{twice.actor} does nothing more through a port"


def test_outputs_in_another_order_are_a_divergence(trail: NodeTrail) -> None:
    kept = records(trail)
    place = next(
        place
        for place, (one, two) in enumerate(pairwise(kept))
        if isinstance(one, Did) and isinstance(two, Did) and (one.n, one.actor) == (two.n, two.actor)
    )
    kept[place], kept[place + 1] = kept[place + 1], kept[place]
    assert diverging(rerun(of(trail, kept))).at.position == place


def test_another_output_is_shown_beside_the_expected_one(trail: NodeTrail) -> None:
    kept = records(trail)
    place = place_of(trail, lambda record: is_done(record) and record.call == "save_hard_state", number=0)
    other = kept[place]
    assert isinstance(other, Did)
    kept[place] = changed(other, value=msgspec.Raw(b'{"term":9,"voted_for":null}'))
    divergence = diverging(rerun(of(trail, kept)))
    assert divergence.at.position == place
    assert divergence.expected == f"log_store does storage.save_hard_state {bytes(other.value).decode()}"
    assert divergence.got == 'log_store does storage.save_hard_state {"term":9,"voted_for":null}'


# --- what actors tell -------------------------------------------------------------------------------------------


def test_another_message_is_the_fault_of_who_told_it(trail: NodeTrail) -> None:
    kept = records(trail)
    place = place_of(trail, lambda record: is_told(record) and record.type == "Apply", number=2)
    applied = kept[place]
    assert isinstance(applied, Took)
    assert applied.by is not None
    kept[place] = changed(applied, message=msgspec.Raw(b'{"first":1,"entries":[]}'))
    divergence = diverging(rerun(of(trail, kept)))
    assert divergence.at.position == place
    assert divergence.guilty.startswith(f"consensus of {trail.name}, delivery {applied.by[1]} (")
    assert bytes(applied.message).decode() in divergence.expected
    assert '{"first":1,"entries":[]}' in divergence.got


def test_a_message_that_nobody_told_is_a_divergence(trail: NodeTrail) -> None:
    teller = last(trail, "election_timer")
    extra = took(trail, "state_machine", "Apply", b'{"first":1,"entries":[]}', ("election_timer", teller.n))
    divergence = diverging(rerun(of(trail, [*records(trail), extra])))
    assert divergence.at.position == len(trail.records)
    assert divergence.guilty == f"election_timer of {trail.name}, delivery {teller.n} ({teller.type})"
    assert divergence.expected.endswith("tells state_machine nothing more")


def test_only_the_network_timers_and_the_wiring_tell_from_outside(trail: NodeTrail) -> None:
    extra = took(trail, "state_machine", "Apply", b'{"first":1,"entries":[]}')
    divergence = diverging(rerun(of(trail, [*records(trail), extra])))
    assert divergence.got == "one that nobody told"


def test_an_extra_message_between_two_is_the_fault_of_the_delivery_that_told_it(trail: NodeTrail) -> None:
    """Even if its teller has gone on meanwhile, and told the next one."""
    kept = records(trail)
    place = place_of(trail, lambda record: is_told(record) and record.type == "Apply", number=2)
    applied = kept[place]
    assert isinstance(applied, Took)
    kept[place] = changed(applied, by=("consensus", 1))
    divergence = diverging(rerun(of(trail, kept)))
    assert divergence.at.position == place
    assert divergence.guilty == f"consensus of {trail.name}, delivery 1 (Start)"


@pytest.mark.parametrize(
    "kind", [HardStateSaved, HeartbeatDue, Appended, SaveHardState, Append, Apply, Acknowledged, Reset]
)
def test_a_message_that_was_lost_between_two_actors_is_missed(
    kind: type[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its teller's next message to the same actor shows it; or, for mailboxes keep their order, anybody's later one."""
    lost = lose_the_first(kind, monkeypatch)
    story = stories.Story(tmp_path, 5, size=3, clients=2)
    story.quiet(4.0)
    story.cluster.close()
    divergences = [each.divergence for node in read(tmp_path).nodes if (each := rerun(node)).divergence is not None]
    assert len(lost) == 1
    (divergence,) = divergences
    assert divergence is not None
    actor, n = lost[0]
    assert divergence.guilty.startswith(f"{actor} of {divergence.node}, delivery {n} (")
    assert f" {kind.__name__} " in divergence.expected
    assert divergence.got.startswith("it never came, and this, which ") == (kind in {HardStateSaved, HeartbeatDue})


def lose_the_first(kind: type[object], patch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Have the runtime lose a message; by whom it was told, and in which of his deliveries."""
    lost: list[tuple[str, int]] = []
    deliver = Mailbox.deliver

    def lossy(mailbox: Mailbox[tuple[tuple[str, int] | None, object]]) -> None:
        match mailbox._waiting[0]:
            case (by, message) if by is not None and not lost and isinstance(message, kind):
                mailbox._waiting.popleft()
                lost.append(by)
            case _:
                deliver(mailbox)

    patch.setattr(Mailbox, "deliver", lossy)
    return lost
