"""A summary for people: what is wrong, and then what happened."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from audit.summary_anomalies import anomalies_of
from audit.summary_facts import Life, Summary
from audit.summary_lanes import lanes_of
from audit.summary_requests import Latency
from audit.summary_roles import Campaign
from audit.timeline_text import Painter

_CAMPAIGNS_SHOWN: Final = 30
_ENDINGS: Final = {"cut off": "its trail ends", "running": "still running?"}
_RED: Final = 31
_BOLD: Final = 1
_SENTENCES: Final = frozenset({"Anomalies", "Leaders", "Elections"})
_HANGING: Final = " " * 9


def text_of(summary: Summary, *, width: int, painter: Painter, folds: bool = False) -> str:
    """The whole summary, for `width` columns; a terminal folds long sentences by itself, for others it is done here.

    Tables are as wide as they are.
    """
    return "\n".join(_lines(summary, width, painter, folds=folds)) + "\n"


def _lines(summary: Summary, width: int, painter: Painter, *, folds: bool) -> Iterator[str]:
    records = sum(life.records for life in summary.lives)
    trails = f"{len(summary.lives)} trail{'' if len(summary.lives) == 1 else 's'}"
    head = f"{summary.directory}: {summary.duration_s:.1f} s, {trails}, {records:,} record{'' if records == 1 else 's'}"
    yield from _folded([head], width) if folds else [head]
    for title, lines in (
        ("Anomalies", _anomalies(summary, painter)),
        ("Roles and terms", lanes_of(summary, width - 2)),
        ("Leaders", _leaders(summary)),
        ("Elections", _elections(summary)),
        ("Applied entries", _progress(summary)),
        ("Snapshots", _snapshots(summary)),
        ("Client requests", _requests(summary)),
        ("Messages between replicas", _messages(summary)),
        ("Dropped on arrival", _dropped(summary)),
        ("Records", _records(summary)),
    ):
        yield ""
        yield painter.painted(title, _BOLD)
        indented = (f"  {line}".rstrip() for line in lines)
        yield from _folded(indented, width) if folds and title in _SENTENCES else indented


def _folded(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        yield from textwrap.wrap(line, width, subsequent_indent=_HANGING)


def _anomalies(summary: Summary, painter: Painter) -> Iterator[str]:
    found = anomalies_of(summary)
    if not found:
        yield "none"
    for anomaly in found:
        yield painter.painted(f"WRONG  {anomaly.sentence}", _RED) if anomaly.is_wrong else f"-      {anomaly.sentence}"


def _leaders(summary: Summary) -> Iterator[str]:
    if not summary.leaderships:
        yield "none"
    for each in summary.leaderships:
        life = next(life for life in summary.lives if life.name == each.node)
        if each.ended_at is None:
            ends, why = life.ended_at, _ENDINGS.get(life.ending, life.ending)
        else:
            ends, why = each.ended_at, each.ending
        yield f"term {each.term:<4} {each.node:<6} from {each.began_at:9.3f} s to {ends:9.3f} s: {why}"


def _elections(summary: Summary) -> Iterator[str]:
    if not summary.campaigns:
        yield "none"
    for campaign in summary.campaigns[:_CAMPAIGNS_SHOWN]:
        yield from _campaign(campaign)
    if len(summary.campaigns) > _CAMPAIGNS_SHOWN:
        yield f"and {len(summary.campaigns) - _CAMPAIGNS_SHOWN} more"


def _campaign(campaign: Campaign) -> Iterator[str]:
    took = "" if campaign.took_ms is None else f" after {campaign.took_ms:.1f} ms"
    ending = {"won": f"elected{took}", "lost": f"gave up{took}: {campaign.ending}", "open": "not decided"}
    stage = "" if campaign.voted or campaign.outcome == "won" else " (pre-vote)"
    yield (
        f"{campaign.began_at:9.3f} s  {campaign.node} for term {campaign.term}{stage}, "
        f"{campaign.why}: {ending[campaign.outcome]}"
    )
    if campaign.pre_votes:
        yield f"             pre-votes of {_listed(campaign.pre_votes)}"
    if campaign.votes:
        yield f"             votes of {_listed(campaign.votes)}"
    if campaign.against:
        yield f"             against: {_against(campaign)}"


def _against(campaign: Campaign) -> str:
    by_reason: dict[str, list[str]] = {}
    for voter, reason in campaign.against.items():
        by_reason.setdefault(reason, []).append(voter)
    return "; ".join(f"{_listed(voters)} ({reason})" for reason, voters in by_reason.items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _progress(summary: Summary) -> Iterator[str]:
    rows = [["at", *(f"{at:.1f} s" for at in summary.progress.times)]]
    rows += [[name, *map(str, applied)] for name, applied in summary.progress.applied.items()]
    yield from table(rows)
    if summary.commit_rate is not None:
        yield f"{summary.commit_rate:.1f} entries a second between the first commit and the last"


def _snapshots(summary: Summary) -> Iterator[str]:
    if not summary.snapshots:
        yield "none"
        return
    rows = [["replica", "taken", "up to", "log from", "held back", "sent", "parts again", "installed", "parts refused"]]
    for name, node in sorted(summary.snapshots.items()):
        first = "?" if node.first is None else str(node.first)
        counts = (node.held_back, node.sent.total(), node.parts_again, node.installed, node.refused.total())
        rows.append([name, str(node.taken), str(node.last_included), first, *map(str, counts)])
    yield from table(rows)


def _requests(summary: Summary) -> Iterator[str]:
    if not summary.requests:
        yield "none"
        return
    is_full = any(node.taken for node in summary.requests.values())
    rows = [["replica", "taken", "ok", "redirect", "fail", "held", "open at the end"]]
    for name, node in sorted(summary.requests.items()):
        counts = [node.answers["ok"], node.answers["redirect"], node.answers["fail"], node.held]
        taken, still_open = (str(node.taken), str(len(node.open))) if is_full else ("?", "?")
        rows.append([name, taken, *map(str, counts), still_open])
    yield from table(rows)
    if not is_full:
        yield "Messages were not recorded (level events): what was taken is not known, nor how long answers took."
    for kind, latency in sorted(summary.latencies.items()):
        yield _latency(kind, latency)


def _latency(kind: str, latency: Latency) -> str:
    return (
        f"{kind:<9} answered in {latency.median_ms:.2f} ms (median), {latency.p99_ms:.2f} ms (p99), "
        f"{latency.worst_ms:.2f} ms (worst of {latency.count}) at the replica"
    )


def _messages(summary: Summary) -> Iterator[str]:
    if not summary.messages:
        yield "not recorded (level events)"
        return
    rows = [["type", "sent", "received", "lost or under way", "arrived again"]]
    rows += [[each.type, *map(str, (each.sent, each.received, each.lost, each.repeated))] for each in summary.messages]
    totals = [sum(each.sent for each in summary.messages), sum(each.received for each in summary.messages)]
    totals += [sum(each.lost for each in summary.messages), sum(each.repeated for each in summary.messages)]
    yield from table([*rows, ["all", *map(str, totals)]])


def _dropped(summary: Summary) -> Iterator[str]:
    if not summary.dropped:
        yield "nothing"
    for what, count in summary.dropped.items():
        yield f"{count:6}  {what}"


def _records(summary: Summary) -> Iterator[str]:
    actors = Counter(actor.partition("/")[0] for life in summary.lives for actor in life.by_actor)
    rows = [["replica", "level", "records", "MB", *actors]]
    rows += [_records_of(life, tuple(actors)) for life in summary.lives]
    yield from table(rows)


def _records_of(life: Life, actors: Sequence[str]) -> list[str]:
    counts: Counter[str] = Counter()
    for actor, count in life.by_actor.items():
        counts[actor.partition("/")[0]] += count
    size_mb = f"{life.size_bytes / 1e6:.2f}"
    return [life.name, life.level, f"{life.records:,}", size_mb, *(str(counts[actor]) for actor in actors)]


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns: the first to the left, all others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
