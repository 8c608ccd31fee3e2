"""`python -m audit timeline`: the records of all replicas in the order of cause and effect, filtered, a line each."""

import argparse
import math
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from audit.arguments import add_directory, directory_of, read_aloud
from audit.contents import content_of
from audit.files import ReadError
from audit.follower import Follower
from audit.kinds import check_asked
from audit.merge import Settling, merged
from audit.records import Located
from audit.timeline_filter import Filter
from audit.timeline_story import Story
from audit.timeline_text import Painter, json_of, line_of, painter_for, place_of
from audit.times import Times, times_of, times_of_first
from audit.words import Relevant

POLL_S: Final = 0.2

_DESCRIPTION: Final = """\
Show the records of all replicas in one order, in which no effect stands before its cause. A line is: seconds since the
run began, replica, actor, what it is, and its essentials. What begins with a capital is a message that the actor took;
'sends' is a datagram that left; a name with a dot is a named event. Terms are written t3, positions in the log 17/t3
(index 17, an entry of term 3)."""
_EPILOG: Final = """\
examples:
  python -m audit timeline runs/run-1 --event-only            named events only: a good beginning
  python -m audit timeline runs/run-1 --mid M17               one request, from the client's datagram to the answer
  python -m audit timeline runs/run-1 --index 17              one entry of the log, and the request that it is of
  python -m audit timeline runs/run-1 --term 3 --kind '*vote*'    who was asked for votes in term 3, and gave them
  python -m audit timeline runs/run-1 --node 0002 --actor log_store --from 5 --to 5.5
  python -m audit timeline runs/run-1 --mid M17 --places      where each stands, for state, diff and extract
  python -m audit timeline --follow --event-only              the newest run, while it goes on; ends with Ctrl-C

A kind is what a record is (event, took, did), the name of an event (role.changed), the class of a message (Inbound),
the type of a message between replicas or with clients (append, put), a port (storage) or what was done there
(truncate). Patterns may hold * and ?; every option may be given several times, for any of several.

exit code: 0; 1 when the trail is damaged; 2 when nothing can be read, or for a bad command line. Ctrl-C ends --follow
as it is meant to, so that is no other code."""

_NO_SUCH_MID: Final = (
    "No request of the MID {} is in the trail; timeline --event-only --kind 'request.*' shows which there are.\n"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a directory, and what of it is to be shown."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_directory(parser)
    add = parser.add_argument
    add(
        "--mid",
        action="append",
        default=[],
        metavar="MID",
        help="what belongs to this request of a client, say 0017-000116",
    )
    add("--index", action="append", default=[], type=int, metavar="N", help="what belongs to the entry at this index")
    add("--term", action="append", default=[], type=int, metavar="N", help="what is about this term")
    add("--node", action="append", default=[], metavar="ID", help="what this replica wrote, say 0002")
    add("--actor", action="append", default=[], metavar="NAME", help="what this actor took and did (a pattern)")
    add("--kind", action="append", default=[], metavar="KIND", help="records and messages of this kind (a pattern)")
    add("--from", type=float, dest="begin", metavar="S", help="not before so many seconds since the run began")
    add("--to", type=float, dest="end", metavar="S", help="not after so many seconds since the run began")
    add("--event-only", action="store_true", help="only the named events")
    add("--limit", type=int, metavar="N", help="at most so many lines")
    add(
        "--places",
        action="store_true",
        help="before each line where it stands (FILE:LINE), and of which delivery it is",
    )
    add("--json", action="store_true", help="the records as they are, one JSON object a line")
    add("--follow", action="store_true", help="go on while the run does")


def run(parsed: argparse.Namespace) -> int:
    """Show what was asked for; raises ReadError."""
    _check_numbers(parsed)
    asked = Filter(
        nodes=tuple(parsed.node),
        actors=tuple(parsed.actor),
        kinds=tuple(parsed.kind),
        terms=frozenset(parsed.term),
        begin=parsed.begin,
        end=parsed.end,
        events_only=parsed.event_only,
    )
    story = Story(parsed.mid, parsed.index) if parsed.mid or parsed.index else None
    form = _Form(painter_for(sys.stdout), json=parsed.json, places=parsed.places)
    view = View(asked, story, form, limit=parsed.limit)
    directory = directory_of(parsed)
    return _follow(directory, view) if parsed.follow else _show(directory, view)


def _check_numbers(parsed: argparse.Namespace) -> None:
    """What no record can be is a mistake, and no question."""
    begin: float | None = parsed.begin
    end: float | None = parsed.end
    for option, seconds in (("--from", begin), ("--to", end)):
        if seconds is not None and math.isnan(seconds):
            raise ReadError(f"{option} {seconds}: so many seconds since the run began must be a number.")
    if begin is not None and end is not None and not begin <= end:
        raise ReadError(f"--from {begin:g} is behind --to {end:g}: nothing can be between them.")
    if parsed.limit is not None and parsed.limit < 1:
        raise ReadError(f"--limit {parsed.limit}: at least 1 line must be allowed.")
    for index in parsed.index:
        if index < 1:
            raise ReadError(f"--index {index}: the first entry of a log has index 1.")
    for term in parsed.term:
        if term < 0:
            raise ReadError(f"--term {term}: terms count from 0.")


class _Form:
    """What a record becomes: a line for people, with its place if asked for, or JSON."""

    def __init__(self, painter: Painter, *, json: bool, places: bool) -> None:
        self.is_json: Final = json
        self._painter: Final = painter
        self._places: Final = places

    def line(self, located: Located, content: object, at: float, relevant: Relevant) -> str:
        """The line of a record that was written `at` seconds after the run began."""
        if self.is_json:
            return json_of(located)
        line = line_of(located, content, at, self._painter, relevant)
        return f"{place_of(located)}  {line}" if self._places else line


class View:
    """Makes lines of those records that were asked for; `is_over` once there were enough."""

    def __init__(self, asked: Filter, story: Story | None, form: _Form, *, limit: int | None) -> None:
        self.story = story
        self._asked: Final = asked
        self._form: Final = form
        self._limit: Final = limit
        self.lines = 0

    @property
    def asked(self) -> Filter:
        """What is to be shown."""
        return self._asked

    @property
    def is_over(self) -> bool:
        """Whether as many lines were shown as were asked for."""
        return self._limit is not None and self.lines >= self._limit

    def lines_of(self, order: Iterable[Located], times: Times) -> Iterator[str]:
        """The lines of those that were asked for."""
        for located in order:
            if self.is_over:
                return
            at = times.since_start(located.record)
            line = self._line(located, at)
            if line is not None:
                self.lines += 1
                yield line

    def _line(self, located: Located, at: float) -> str | None:
        """The line of a record; None when it was not asked for. A story has to see everything to be understood."""
        record, story = located.record, self.story
        is_let_through = self._asked.lets_through(record, at)
        if story is None and not is_let_through:
            return None
        content = (
            content_of(record) if story is not None or self._asked.looks_inside or not self._form.is_json else None
        )
        belongs = story is None or story.has(located, content)
        if not belongs or not is_let_through or not self._asked.lets_content_through(record, content):
            return None
        return self._form.line(located, content, at, self._relevant(located))

    def _relevant(self, located: Located) -> Relevant:
        return self._asked.relevant_in(located.record) if self.story is None else self.story.is_relevant


def _show(directory: Path, view: View) -> int:
    trails = read_aloud(directory)
    _check_nodes(view.asked.nodes, sorted({trail.node for trail in trails.nodes}))
    order = merged(trails)
    check_asked(view.asked, (located.record for located in order))
    belonging = len(order)
    if view.story is not None:
        view.story, belonging = _known(order, view.story)
    for line in view.lines_of(order, times_of(trails)):
        print(line)
    if view.story is not None and view.story.mids and not belonging:
        sys.stderr.write(_NO_SUCH_MID.format(" or ".join(sorted(view.story.mids))))
    elif not view.lines:
        sys.stderr.write("No record is what was asked for.\n")
    elif view.is_over:
        sys.stderr.write(f"There may be more: --limit ended the list after {view.lines} lines.\n")
    return 1 if trails.is_damaged else 0


def _known(order: Iterable[Located], story: Story) -> tuple[Story, int]:
    """The story with what only its end tells (where the entry stands, what arrived), and how many records belong."""
    belonging = sum(story.has(located, content_of(located.record)) for located in order)
    return story.again(), belonging


def _check_nodes(asked: Iterable[str], there: list[str]) -> None:
    for node in asked:
        if node not in there:
            raise ReadError(f"There is no trail of {node} here, only of {', '.join(there)}.")


def _follow(directory: Path, view: View) -> int:
    """Until Ctrl-C, which is how it is meant to end."""
    check_asked(view.asked, ())
    follower, settling = Follower(directory), Settling()
    times: Times | None = None
    try:
        while not view.is_over:
            lot = follower.poll()
            if times is None and lot:
                times = times_of_first(lot)
            if times is not None:
                _print_all(view.lines_of(settling.add(lot), times))
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        if times is not None:
            _print_all(view.lines_of(settling.rest(), times))
    return 1 if follower.problems else 0


def _print_all(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
    sys.stdout.flush()
