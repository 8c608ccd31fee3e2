"""`python -m audit diff`: how two states differ, of one replica at two points, or of two replicas at one."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from audit.arguments import add_directory, directory_of, read_aloud
from audit.files import ReadError
from audit.inspection import Plain
from audit.points import HELP, cut_at, named
from audit.remarks import Remarks
from audit.state import shown
from audit.trails import Trails
from audit.travel import Moment, check, moment

_DESCRIPTION: Final = "Show how the actors' states differ: between two points, or between two replicas."
_EPILOG: Final = """\
examples:
  python -m audit diff --at 5 --to 6 --node 0001         what changed in 0001 in that second
  python -m audit diff --at end --node 0001 --with 0002  how the two ended differently"""

_ABSENT: Final = "(absent)"
_SHORT_MAX: Final = 60
"""A list whose JSON has no more characters is shown whole."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_directory(parser)
    parser.add_argument("--at", metavar="POINT", required=True, help=HELP)
    parser.add_argument("--to", metavar="POINT", help="another point, for the same replicas")
    parser.add_argument("--node", metavar="N", help="the replica (default with --to: all)")
    parser.add_argument("--with", metavar="N", dest="other", help="another replica, at the same point")
    parser.add_argument("--actor", action="append", metavar="A", help="only this actor; may be given again")


def run(parsed: argparse.Namespace) -> int:
    """Show the differences; 1 when a state could not be reached."""
    if parsed.to is not None and parsed.other is not None:
        raise ReadError("Name another point with --to, or another replica with --with, not both.")
    if parsed.to is None and parsed.other is None:
        raise ReadError("Name another point with --to, or another replica with --with.")
    if parsed.other is not None and parsed.node is None:
        raise ReadError("Name the replica to compare with by --node.")
    directory: Path = directory_of(parsed)
    trails = read_aloud(directory)
    moments = _pairs(trails, parsed)
    check([each for pair in moments for each in pair], parsed.actor or [])
    for sentence in _remarks_of_run(trails, parsed):
        sys.stderr.write(f"{sentence}\n")
    for before, after in moments:
        print("\n".join(_lines(before, after, parsed, trails)))  # it is the product
    return 1 if any(each.stopped for pair in moments for each in pair) else 0


def _pairs(trails: Trails, parsed: argparse.Namespace) -> list[tuple[Moment, Moment]]:
    cut = cut_at(trails, parsed.at)
    if parsed.other is not None:
        return [(moment(named(trails, parsed.node), cut), moment(named(trails, parsed.other), cut))]
    later = cut_at(trails, parsed.to)
    chosen = [named(trails, parsed.node)] if parsed.node else list(trails.nodes)
    return [(moment(trail, cut), moment(trail, later)) for trail in chosen]


def _points(parsed: argparse.Namespace) -> list[str]:
    return [parsed.at] if parsed.to is None else [parsed.at, parsed.to]


def _remarks_of_run(trails: Trails, parsed: argparse.Namespace) -> list[str]:
    remarks = Remarks(trails)
    found = [sentence for point in _points(parsed) for sentence in remarks.of_run(cut_at(trails, point))]
    return list(dict.fromkeys(found))


def _remarks(before: Moment, after: Moment, parsed: argparse.Namespace, trails: Trails) -> Iterator[str]:
    """What each replica's clock was, and whether it was there at each point."""
    remarks = Remarks(trails)
    for name in dict.fromkeys((before.node, after.node)):
        trail = named(trails, name)
        yield f"{name}: {remarks.clock(trail)}"
        for point in _points(parsed):
            yield from (f"{name} at {point}: {each}" for each in remarks.of_replica(trail, cut_at(trails, point)))


def _lines(before: Moment, after: Moment, parsed: argparse.Namespace, trails: Trails) -> Iterator[str]:
    if parsed.other is None:
        yield f"{before.node}, from {parsed.at} to {parsed.to}:"
    else:
        yield f"{before.node} and {after.node}, at {parsed.at}:"
    yield from (f"  {remark}" for remark in _remarks(before, after, parsed, trails))
    for each in (before, after):
        if each.stopped is not None:
            yield f"  {each.node} NOT as far as asked for: {each.stopped}"
    changes = [
        (name, path, *values)
        for name in before.states
        if name in after.states and (not parsed.actor or name in parsed.actor)
        for path, *values in differences(before.states[name], after.states[name])
    ]
    yield from (f"  {name}  {path}: {left} → {right}" for name, path, left, right in changes)
    if not changes and before.states and after.states:
        yield "  no difference"


def differences(before: Plain, after: Plain, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Every path at which two states differ, and what each has there.

    Of long lists it is told what has gone and what has come, wherever it stood: a log that begins later has the same
    entries at other places.
    """
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            there = f"{path}.{name}" if path else name
            if name in before and name in after:
                yield from differences(before[name], after[name], there)
            else:
                yield there, _shown(before, name), _shown(after, name)
    elif isinstance(before, list) and isinstance(after, list) and not (_is_short(before) and _is_short(after)):
        yield path, _counted(before), f"{_counted(after)}: {_changes(before, after)}"
    else:
        yield path, shown(before), shown(after)


def _shown(state: dict[str, Plain], name: str) -> str:
    return shown(state[name]) if name in state else _ABSENT


def _counted(items: Sequence[Plain]) -> str:
    return f"{len(items):,} item{'' if len(items) == 1 else 's'}"


def _is_short(value: list[Plain]) -> bool:
    return len(msgspec.json.encode(value)) <= _SHORT_MAX


def _changes(before: Sequence[Plain], after: Sequence[Plain]) -> str:
    """How many items have gone and have come, and the last of each."""
    old, new = ([msgspec.json.encode(each) for each in items] for items in (before, after))
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    told = [
        f"{count.total():,} {what}, the last: {_last(items, count)}"
        for what, count, items in (("gone", gone, before), ("new", come, after))
        if count
    ]
    return "; ".join(told) or "in another order"


def _last(items: Sequence[Plain], some: Counter[bytes]) -> str:
    return next(shown(item) for item in reversed(items) if msgspec.json.encode(item) in some)
