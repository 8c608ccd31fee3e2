"""`python -m audit state`: what every actor knew at a point of the run."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from audit.arguments import add_directory, directory_of, read_aloud
from audit.inspection import Plain, leaves
from audit.points import HELP, cut_at, named
from audit.remarks import Remarks
from audit.replay import Kept
from audit.travel import Moment, check, moment

_WIDTH_MAX: Final = 100
_KEYS_MAX: Final = 24
_LOG_STORE: Final = "log_store"

_DESCRIPTION: Final = """\
Show the state of every actor at a point of the run, by running it again from the beginning. Instants in a state
(core.now) are what the replica's clock showed; the line of each replica says what that was when the run began."""
_EPILOG: Final = """\
examples:
  python -m audit state --at 12.5                      all replicas, 12.5 s after the run began
  python -m audit state --at 0001.jsonl:420            just after that record, and all that it depends on
  python -m audit state --at 0001/consensus/42 --node 0001 --actor consensus"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_directory(parser)
    parser.add_argument("--at", metavar="POINT", required=True, help=HELP)
    parser.add_argument("--node", action="append", metavar="N", help="only this replica; may be given again")
    parser.add_argument("--actor", action="append", metavar="A", help="only this actor; may be given again")
    parser.add_argument("--json", action="store_true", help="everything, for machines")


def run(parsed: argparse.Namespace) -> int:
    """Show the states; 1 when some could not be reached."""
    directory: Path = directory_of(parsed)
    trails = read_aloud(directory)
    cut = cut_at(trails, parsed.at)
    chosen = [named(trails, name) for name in parsed.node] if parsed.node else list(trails.nodes)
    moments = [moment(trail, cut) for trail in chosen]
    actors: list[str] = parsed.actor or []
    check(moments, actors)
    remarks = Remarks(trails)
    for sentence in remarks.of_run(cut):
        sys.stderr.write(f"{sentence}\n")
    if parsed.json:
        print(_as_json(moments, actors))  # it is the product
    else:
        for trail, each in zip(chosen, moments, strict=True):
            print(f"{each.node} ({remarks.clock(trail)}):")
            print("\n".join([*(f"  {remark}" for remark in remarks.of_replica(trail, cut)), *_lines(each, actors)]))
    return 1 if any(each.stopped for each in moments) else 0


def _as_json(moments: list[Moment], actors: list[str]) -> str:
    nodes = {
        each.node: {name: state for name, state in each.states.items() if not actors or name in actors}
        for each in moments
    }
    return msgspec.json.encode(nodes).decode()


def _lines(moment: Moment, actors: list[str]) -> Iterator[str]:
    if moment.stopped is not None:
        yield f"  NOT as far as asked for: {moment.stopped}"
    for name, state in moment.states.items():
        if not actors or name in actors:
            yield f"  {name}, after {moment.taken[name]:,} messages:"
            if name == _LOG_STORE and moment.kept is not None:
                yield f"    {_kept(moment.kept)}"
            if state is None:
                yield "    nothing to remember"
                continue
            yield from (f"    {path}: {shown(value)}" for path, value in leaves(state, is_leaf=_fits))


def _kept(kept: Kept) -> str:
    """Where the log begins and ends that is kept, and what the snapshot includes."""
    entries = f"entries {kept.first_index:,} to {kept.last_index:,}"
    if kept.last_index < kept.first_index:
        entries = "no entries" if kept.last_index == 0 else f"no entries behind {kept.last_index:,}"
    if kept.snapshot_index == 0:
        return f"({entries}; no snapshot)"
    return f"({entries}; a snapshot up to {kept.snapshot_index:,}/t{kept.snapshot_term}, {kept.records:,} records)"


def _fits(value: Plain) -> bool:
    """Whether a value is best shown in one line: it is short, or a large collection, of which the end tells most."""
    if isinstance(value, list) or (isinstance(value, dict) and len(value) > _KEYS_MAX):
        return True
    return len(msgspec.json.encode(value)) <= _WIDTH_MAX


def shown(value: Plain) -> str:
    """A value in one line; of a large collection, its size and its last item."""
    text = msgspec.json.encode(value).decode()
    if len(text) <= _WIDTH_MAX:
        return text
    if isinstance(value, list) and len(value) > 1:
        return f"{len(value):,} items, the last: {_cut(value[-1])}"
    if isinstance(value, dict) and len(value) > _KEYS_MAX:
        key = next(reversed(value))
        return f"{len(value):,} keys, the last: {key}: {_cut(value[key])}"
    return _cut(value)


def _cut(value: Plain) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _WIDTH_MAX else f"{text[: _WIDTH_MAX - 3]}..."
