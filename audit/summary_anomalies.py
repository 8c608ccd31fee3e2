"""What in a run a person should look at first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audit.problems import Severity
from audit.summary_facts import Life, Summary

_MIDS_SHOWN: Final = 5
_LEADERS_SHOWN: Final = 6
_ENDS_EARLY_S: Final = 0.5
"""Replicas that are stopped together end within less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A sentence; `is_wrong` when nothing that happens to a cluster from outside explains it."""

    is_wrong: bool
    sentence: str


def anomalies_of(summary: Summary) -> tuple[Anomaly, ...]:
    """What is wrong, and then what is unusual."""
    found = [*_of_trails(summary), *_of_replicas(summary), *_of_elections(summary), *_of_requests(summary)]
    found += _of_snapshots(summary)
    found += [_unusual(f"{count} x {what}.") for what, count in summary.dropped.items() if not _is_usual(what)]
    return tuple(sorted(found, key=lambda anomaly: not anomaly.is_wrong))


def _wrong(sentence: str) -> Anomaly:
    return Anomaly(is_wrong=True, sentence=sentence)


def _unusual(sentence: str) -> Anomaly:
    return Anomaly(is_wrong=False, sentence=sentence)


def _is_usual(dropped: str) -> bool:
    """What is late, or comes in another order, is dropped in any run."""
    return dropped.startswith(("outdated", "append.", "report.", "snapshot.")) and not dropped.endswith("checksum")


def _of_trails(summary: Summary) -> Iterator[Anomaly]:
    for problem in summary.problems:
        yield Anomaly(is_wrong=problem.severity is Severity.DAMAGE, sentence=str(problem))


def _of_replicas(summary: Summary) -> Iterator[Anomaly]:
    for life in summary.lives:
        again = _next_life(summary, life)
        if life.ending.startswith("failed"):
            yield _wrong(f"{life.name} {life.ending}, at {life.ended_at:.3f} s.")
        elif again is not None:
            how = "was stopped" if life.ending == "stopped" else "was killed, or cut off,"
            yield _unusual(f"{life.name} {how} at {life.ended_at:.3f} s, and started again at {again.began_at:.3f} s.")
        elif life.ended_at < summary.duration_s - _ENDS_EARLY_S:
            yield _unusual(f"{life.name} {_early_end(life)}")


def _next_life(summary: Summary, life: Life) -> Life | None:
    """The incarnation after this one, if there is one."""
    node = life.name.partition(".")[0]
    lives = [each for each in summary.lives if each.name.partition(".")[0] == node]
    return next(iter(lives[lives.index(life) + 1 :]), None)


def _early_end(life: Life) -> str:
    """How a replica ended whose trail ends before those of the others."""
    match life.ending:
        case "stopped":
            return f"was stopped at {life.ended_at:.3f} s, before the others."
        case "running":
            return f"is still running? The last that it wrote is of {life.ended_at:.3f} s."
        case _:
            return (
                f"was killed, cut off, or is still running: its trail ends at {life.ended_at:.3f} s, before the others."
            )


def _of_elections(summary: Summary) -> Iterator[Anomaly]:
    for term, names in summary.terms_with_two_leaders:
        yield _wrong(f"Term {term} had more than one leader: {', '.join(names)}.")
    if not summary.leaderships:
        yield _unusual("Nobody was elected.")
    if len(summary.leaderships) > 1:
        yield _unusual(f"The leader changed: {_in_turn(summary)}.")
    if summary.terms_without_leader:
        listed = ", ".join(map(str, summary.terms_without_leader))
        yield _unusual(f"Terms without a leader: {listed}.")
    lost = Counter(campaign.node for campaign in summary.campaigns if campaign.outcome == "lost")
    if lost:
        by_node = ", ".join(f"{count} of {node}" for node, count in lost.most_common())
        yield _unusual(f"{lost.total()} campaign{_s(lost.total())} for leadership failed: {by_node}.")


def _in_turn(summary: Summary) -> str:
    """The leaders one after another, as far as they can be taken in."""
    names = [f"{each.node} (term {each.term})" for each in summary.leaderships]
    more = f", and {len(names) - _LEADERS_SHOWN} more" if len(names) > _LEADERS_SHOWN else ""
    return ", then ".join(names[:_LEADERS_SHOWN]) + more


def _of_requests(summary: Summary) -> Iterator[Anomaly]:
    for reason, count in summary.fails.items():
        yield _unusual(f"{count} request{_s(count)} answered fail: {reason}.")
    running = {life.name for life in summary.lives if life.ending == "running"}
    for name, node in summary.requests.items():
        if node.open:
            shown = ", ".join(sorted(node.open)[:_MIDS_SHOWN]) + (", …" if len(node.open) > _MIDS_SHOWN else "")
            how = "not answered yet" if name in running else "never answered"
            yield _unusual(f"{len(node.open)} request{_s(len(node.open))} at {name} {how}: {shown}.")


def _of_snapshots(summary: Summary) -> Iterator[Anomaly]:
    sent = sum((node.sent for node in summary.snapshots.values()), Counter[str]())
    if sent:
        to_peers = ", ".join(f"{count} to {peer}" for peer, count in sorted(sent.items()))
        yield _unusual(f"{sent.total()} snapshot{_s(sent.total())} sent, where the log was not enough: {to_peers}.")


def _s(count: int) -> str:
    return "" if count == 1 else "s"
