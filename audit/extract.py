"""`python -m audit extract`: a stretch of one actor's life, as a test that replays it."""

import argparse
import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from audit.arguments import add_directory, directory_of, read_aloud
from audit.files import ReadError, reason_of
from audit.points import named
from audit.records import Did, Opened, Took
from audit.replay import Replay
from audit.stage import Doings, doings
from audit.trails import NodeTrail

_DESCRIPTION: Final = """\
Write a pytest test that tells one actor, alone on a stage, what it took in a run, and compares what it does with what
the trail says it did. Deliveries before the stretch are told, too, without being compared. A stretch is named by the
numbers of the actor's deliveries (not by seconds); `timeline --places` shows them."""
_EPILOG: Final = """\
example:
  python -m audit extract --node 0001 --actor consensus --from 12 --to 20 -o tests/test_regression.py"""

_LOG_STORE: Final = "log_store"
_PORTS: Final = frozenset({"datagrams", "storage", "timer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Deliveries `first` to `last` of an actor: those before, and each of its own with what came of it.

    `restored` is what Consensus was told of what the replica's storage held when it was started.
    """

    opened: Opened
    actor: str
    first: int
    last: int
    restored: tuple[Took, ...]
    before: tuple[Took, ...]
    deliveries: tuple[tuple[Took, Doings], ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_directory(parser)
    parser.add_argument("--node", metavar="N", required=True, help="the replica")
    parser.add_argument("--actor", metavar="A", required=True, help="the actor, like consensus or replicator/0002")
    parser.add_argument(
        "--from", dest="first", metavar="K", type=int, default=1, help="the number of its first delivery (default: 1)"
    )
    parser.add_argument(
        "--to",
        dest="last",
        metavar="L",
        type=int,
        help="the number of its last delivery (default: that of the last there is)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to write it (default: named after it)")


def run(parsed: argparse.Namespace) -> int:
    """Write the test, and say where it is."""
    directory: Path = directory_of(parsed)
    stretch = stretch_of(named(read_aloud(directory), parsed.node), parsed.actor, parsed.first, parsed.last)
    path: Path = parsed.output or Path(f"test_{_identifier(stretch)}.py")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(test_of(stretch))
    except OSError as error:
        raise ReadError(f"{path}: the test cannot be written: {reason_of(error)}.") from error
    print(f"Wrote {path}; it runs with: python -m pytest {path}")  # it is the product
    return 0


def stretch_of(trail: NodeTrail, actor: str, first: int, last: int | None) -> Stretch:
    """Cut a stretch out of a trail; raises ReadError when it is not all there."""
    if trail.opened is None or not trail.is_complete_from_start:
        raise ReadError(
            f"The beginning of the trail of {trail.name} is missing: its actors cannot be built as they were."
        )
    taken = [each.record for each in trail.records if isinstance(each.record, Took) and each.record.actor == actor]
    if not taken:
        raise ReadError(f"The trail of {trail.name} shows no delivery to {actor!r}; it has {_actors(trail)}.")
    end = taken[-1].n if last is None else last
    _check_numbers(trail.name, actor, [took.n for took in taken], first, end)
    _check_damage(trail, actor)
    restored = _restored(trail) if actor == _LOG_STORE else ()
    replayed = _replayed(trail.opened, restored, taken[:end])
    done = _completed(_recorded(trail, actor), replayed, len(taken), gaps=trail.has_gaps)
    return Stretch(
        opened=trail.opened,
        actor=actor,
        first=first,
        last=end,
        restored=restored,
        before=tuple(taken[: first - 1]),
        deliveries=tuple((took, done[took.n]) for took in taken[first - 1 : end]),
    )


def _restored(trail: NodeTrail) -> tuple[Took, ...]:
    """What the storage held of which the log store was told nothing: it is Consensus that is told."""
    taken = (each.record for each in trail.records if isinstance(each.record, Took))
    return tuple(took for took in taken if took.type in {"RestoredChunk", "Restored"})


def _check_numbers(name: str, actor: str, there: Sequence[int], first: int, last: int) -> None:
    """All deliveries up to the last must be there, for an actor is what it has taken."""
    whole = next((n - 1 for n, found in enumerate(there, start=1) if found != n), len(there))
    for asked in (first, last):
        if whole < asked <= there[-1]:
            raise ReadError(f"The trail of {name} lacks delivery {whole + 1} of {actor}: name a stretch before it.")
        if not 1 <= asked <= whole:
            raise ReadError(
                f"The trail of {name} holds deliveries 1 to {there[-1]} of {actor}: {asked} is none of them."
            )
    if first > last:
        raise ReadError(f"--from {first} is behind --to {last}: name the first delivery, and then the last.")


def _check_damage(trail: NodeTrail, actor: str) -> None:
    """A test of what nobody recorded so would prove nothing."""
    for each in trail.records:
        match each.record:
            case Took(actor=name, by=by) if actor in {name, by and by[0]} and each.position in trail.damaged:
                raise ReadError(f"The record at {each.place}, which a test would be made of, is damaged.")
            case Did(actor=name) if name == actor and each.position in trail.damaged:
                raise ReadError(f"The record at {each.place}, which a test would be made of, is damaged.")
            case _:
                pass


def _actors(trail: NodeTrail) -> str:
    names = {each.record.actor for each in trail.records if isinstance(each.record, Took)}
    return ", ".join(sorted(names)) or "none, for its level has no messages"


def _recorded(trail: NodeTrail, actor: str) -> dict[int, Doings]:
    """What the trail says the actor did in each of its deliveries."""
    found: dict[int, Doings] = {}
    for located in trail.records:
        match located.record:
            case Took(by=(teller, n)) as took if teller == actor:
                found.setdefault(n, {}).setdefault(took.actor, []).append((took.type, bytes(took.message).decode()))
            case Did(actor=name, n=n) as did if name == actor:
                found.setdefault(n, {}).setdefault(did.port, []).append((did.call, bytes(did.value).decode()))
            case _:
                pass
    return found


def _replayed(opened: Opened, restored: Sequence[Took], taken: Sequence[Took]) -> dict[int, Doings]:
    """What it does now; whatever it raises ends that."""
    found: dict[int, Doings] = {took.n: {} for took in taken}
    with contextlib.suppress(Exception):  # whatever an actor raises, the test will show
        replay = Replay(opened)
        for took in restored:
            replay.restore(took.type, took.message)
        for took in taken:
            found[took.n] = doings(replay.deliver(took))
    return found


def _completed(recorded: dict[int, Doings], now: dict[int, Doings], last: int, *, gaps: bool) -> dict[int, Doings]:
    """What the trail does not show because it ended before that: there, what is done now counts.

    Messages are taken in the order in which they were told, and an actor is done with its ports before it takes the
    next one: so that is known of what an actor told another one at the end, and of its very `last` delivery.
    """
    latest = {receiver: n for n in sorted(recorded) for receiver in recorded[n]}
    complete: dict[int, Doings] = {}
    for n, does_now in now.items():
        complete[n] = dict(recorded.get(n, {}))
        for receiver, does in does_now.items():
            did = complete[n].get(receiver, [])
            is_open = n == last if receiver in _PORTS else n >= latest.get(receiver, 0)
            if (gaps or is_open) and len(did) < len(does) and does[: len(did)] == did:
                complete[n][receiver] = does
    return complete


def test_of(stretch: Stretch) -> str:
    """The test's source."""
    return "\n".join(_source(stretch)) + "\n"


def _source(stretch: Stretch) -> Iterator[str]:
    """Plain ASCII, and left alone by formatters, for it is data more than a program."""
    opened = stretch.opened
    numbers = f"{stretch.first} to {stretch.last}"
    yield f'"""Deliveries {numbers} of {stretch.actor}, replica {opened.node}, from its trail."""'
    yield ""
    yield "# ruff: noqa: E501  # messages stand as they were recorded"
    yield "# fmt: off"
    yield ""
    yield "from audit.stage import ActorStage, Doings"
    yield ""
    yield f"OPENED = {msgspec.json.encode(opened).decode()!a}"
    yield ""
    if stretch.restored:
        yield "RESTORED: tuple[tuple[str, str], ...] = ("
        yield from (f"    ({took.type!a}, {_json(took)})," for took in stretch.restored)
        yield ")"
        yield '"""What its storage held when the replica was started, as Consensus was told."""'
        yield ""
    yield "BEFORE: tuple[tuple[str, str], ...] = ("
    yield from (f"    ({took.type!a}, {_json(took)})," for took in stretch.before)
    yield ")"
    yield '"""What it had taken already: classes of messages, and their JSON."""'
    yield ""
    yield "DELIVERIES: tuple[tuple[str, str, Doings], ...] = ("
    for took, done in stretch.deliveries:
        yield from _delivery(took, done)
    yield ")"
    yield '"""What it took, and what it did then, by whom it told and which port it used."""'
    yield ""
    yield ""
    yield f"def test_{_identifier(stretch)}() -> None:"
    yield '    """It does what it did."""'
    yield f"    actor = ActorStage({stretch.actor!a}, OPENED, BEFORE{', RESTORED' if stretch.restored else ''})"
    yield f"    for number, (kind, message, done) in enumerate(DELIVERIES, start={stretch.first}):"
    yield '        assert actor.take(kind, message) == done, f"delivery {number}"'


def _delivery(took: Took, done: Doings) -> Iterator[str]:
    by = "from outside" if took.by is None else f"told by {took.by[0]}, in its delivery {took.by[1]}"
    yield f"    # delivery {took.n}, {by}"
    yield f"    ({took.type!a}, {_json(took)}, {{"
    for receiver, does in done.items():
        yield f"        {receiver!a}: ["
        yield from (f"            ({name!a}, {value!a})," for name, value in does)
        yield "        ],"
    yield "    }),"


def _json(took: Took) -> str:
    return ascii(bytes(took.message).decode())


def _identifier(stretch: Stretch) -> str:
    actor = re.sub(r"\W", "_", stretch.actor)
    return f"{actor}_of_{stretch.opened.node}_from_{stretch.first}_to_{stretch.last}"
