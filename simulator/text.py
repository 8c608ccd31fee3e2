"""The report of a run for people, and the table that closes several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from simulator.report import ReplicaFigures, Report
from simulator.stats import Benchmark, Latency

_INDENT: Final = "  "
_JOURNAL_SHOWN: Final = 60
_COLUMNS: Final = (
    "scenario",
    "held",
    "msgs",
    "fail",
    "unanswered",
    "at killed",
    "unasked",
    "duplicates",
    "median ms",
    "p99 ms",
    "failover ms",
    "tiers",
)


def full_text(report: Report) -> str:
    """Everything about one run, verdict first and last."""
    return "\n".join(_full_lines(report)) + "\n"


def line_of(report: Report) -> str:
    """One run in a line; one that failed in a few, with what broke and where its trail is."""
    verdict = "held  " if report.passed else "FAILED"
    answers = report.answers
    figures = (
        f"{report.traffic.total:6d} msgs  {report.failures:3d} failures  {report.requests.duplicates:2d} duplicates  "
        f"median {_ms(answers, answers.median_ms, 6)}  p99 {_ms(answers, answers.p99_ms, 8)}"
    )
    line = f"{verdict}  {report.scenario:<26} seed {report.seed:<11}{figures}"
    broken = [f"{check.name}: {check.detail}" for check in report.checks if not check.held]
    trail = [f"trail: {report.trail}"] if broken and report.trail else []
    return "\n        ".join([line, *broken, *trail])


def closing_table(reports: Sequence[Report]) -> str:
    """Several runs, summed up by scenario."""
    names = dict.fromkeys(report.scenario for report in reports)
    rows = [_row(name, [report for report in reports if report.scenario == name]) for name in names]
    held = sum(report.passed for report in reports)
    verdict = "all held" if held == len(reports) else f"{len(reports) - held} did not hold"
    return f"{_aligned([_COLUMNS, *rows])}\n{len(reports)} runs: {verdict}.\n"


def _row(scenario: str, reports: Sequence[Report]) -> tuple[str, ...]:
    """The worst of each figure over a scenario's runs, and the tiers of those that held."""
    failovers = [each.took_ms for report in reports for each in report.failovers]
    known = [took for took in failovers if took is not None]
    never = len(failovers) - len(known)
    answers = [report.answers for report in reports if report.answers.count]
    held = [report for report in reports if report.passed]
    tiers = [each.tier for report in held for each in report.benchmarks if each.tier is not None]
    return (
        scenario,
        f"{len(held)}/{len(reports)}",
        str(max(report.traffic.total for report in reports)),
        str(max(report.requests.fails for report in reports)),
        str(max(report.requests.unanswered_other for report in reports)),
        str(max(report.requests.unanswered_killed for report in reports)),
        str(max(report.requests.unasked for report in reports)),
        str(max(report.requests.duplicates for report in reports)),
        _worst((each.median_ms for each in answers), 2),
        _worst((each.p99_ms for each in answers), 1),
        (f"{max(known):.0f}" if known else "-") + (f" +{never} never" if never else ""),
        " ".join(f"{tiers.count(tier)} {tier}" for tier in dict.fromkeys(tiers)) or "-",
    )


def _worst(latencies_ms: Iterable[float], digits: int) -> str:
    worst = max(latencies_ms, default=None)
    return "none" if worst is None else f"{worst:.{digits}f}"


def _ms(latency: Latency, value_ms: float, width: int) -> str:
    """One of the figures of `latency`, as wide whether there is one or not."""
    return f"{value_ms:{width}.2f} ms" if latency.count else "none".rjust(width + 3)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _full_lines(report: Report) -> Iterator[str]:
    yield f"{report.scenario}: {_verdict(report)}"
    yield f"{_INDENT}program {report.program}, seed {report.seed}, {report.duration_s:.1f} s"
    for field in report.ignored:
        yield f"{_INDENT}ignored: {field}"
    yield from _section("What happened (seconds from the first request)", _journal(report))
    yield from _section("Checks", _checks(report))
    yield from _section("Requests", _requests(report))
    yield from _section("Latency", _latencies(report))
    yield from _section("Messages between replicas", _messages(report))
    yield from _section("Tiers", (_benchmark(each) for each in report.benchmarks))
    yield from _section("Leaders, in order", _leaders(report))
    yield from _section("Failovers", _failovers(report))
    yield from _section("Replicas", _replicas(report))
    if report.trail:
        yield from _section("Trail", [report.trail])
    yield f"Verdict: {_verdict(report)}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    if shown:
        yield f"{title}:"
        for line in shown:
            yield from (_INDENT + part for part in line.splitlines())


def _verdict(report: Report) -> str:
    broken = [check.name for check in report.checks if not check.held]
    return f"DID NOT HOLD ({', '.join(broken)})" if broken else "all held"


def _journal(report: Report) -> Iterator[str]:
    for entry in report.journal[:_JOURNAL_SHOWN]:
        yield f"{entry.at:8.3f}  {entry.text}"
    if len(report.journal) > _JOURNAL_SHOWN:
        yield f"and {len(report.journal) - _JOURNAL_SHOWN} more"


def _checks(report: Report) -> Iterator[str]:
    for check in report.checks:
        yield f"{'ok    ' if check.held else 'BROKEN'}  {check.name}: {check.detail}"


def _requests(report: Report) -> Iterator[str]:
    requests = report.requests
    of_all = f" of {requests.sent + requests.unasked}" if requests.unasked else ""
    yield (
        f"{requests.sent}{of_all} sent: {requests.gets_answered} of {requests.gets} gets "
        f"and {requests.puts_answered} of {requests.puts} puts answered"
    )
    twice = f"; {requests.repeats} were sent twice" if requests.repeats else ""
    yield f"answers: {requests.ok} ok, {requests.redirects} redirect, {requests.fails} fail{twice}"
    unasked = f", {requests.unasked} never sent, for no replica lived to be asked" if requests.unasked else ""
    yield (
        f"failures {report.failures}: {requests.fails} fail answers, {requests.unanswered_killed} unanswered at a "
        f"replica that was killed or restarted, {requests.unanswered_other} unanswered otherwise{unasked}"
    )


def _latencies(report: Report) -> Iterator[str]:
    yield _latency("every answer", report.answers)
    yield _latency("request until done", report.served)


def _latency(name: str, latency: Latency) -> str:
    if not latency.count:
        return f"{name:<19} none"
    return (
        f"{name:<19} median {latency.median_ms:.2f} ms, p90 {latency.p90_ms:.2f} ms, "
        f"p99 {latency.p99_ms:.2f} ms, worst {latency.max_ms:.2f} ms ({latency.count})"
    )


def _messages(report: Report) -> Iterator[str]:
    traffic = report.traffic
    by_type = ", ".join(f"{kind} {count}" for kind, count in traffic.by_type.items())
    yield f"{traffic.total}{': ' + by_type if by_type else ''}"
    network = traffic.network
    fates = {
        "dropped": network.dropped,
        "lost to a partition": network.partitioned,
        "to replicas that were gone": traffic.to_gone,
        "duplicated": network.duplicated,
        "delayed": network.delayed,
        "reordered": network.reordered,
        "corrupted": network.corrupted,
        "hostile datagrams sent": traffic.hostile,
        "answers to hostile datagrams": traffic.answers_to_hostile,
    }
    done = ", ".join(f"{count} {fate}" for fate, count in fates.items() if count)
    if done:
        yield done


def _benchmark(benchmark: Benchmark) -> str:
    value = _measured(benchmark)
    if benchmark.thresholds is None:
        return f"{benchmark.name:<15} {value}"
    limits = " / ".join(f"{each:g}" for each in benchmark.thresholds)
    return f"{benchmark.name:<15} {value}: {benchmark.tier} (bonus / full / partial up to {limits})"


def _measured(benchmark: Benchmark) -> str:
    if benchmark.value is None:
        return "none"
    return f"{benchmark.value * 1000:.2f} ms" if benchmark.name == "median_latency" else f"{benchmark.value:g}"


def _leaders(report: Report) -> Iterator[str]:
    for each in report.leaders:
        term = "" if each.term is None else f" in term {each.term}"
        yield f"{each.at:8.3f}  {each.leader}{term}"


def _failovers(report: Report) -> Iterator[str]:
    for each in report.failovers:
        served = "never served again" if each.took_ms is None else f"served again after {each.took_ms:.0f} ms"
        yield f"{each.at:8.3f}  {each.leader} was {each.cause}: {served}"


def _replicas(report: Report) -> Iterator[str]:
    for each in report.replicas:
        yield f"{each.name}  {each.state:<8} {', '.join(_figures(each))}"
        if each.last_words:
            yield "\n".join(f"      | {line}" for line in each.last_words.splitlines())


def _figures(replica: ReplicaFigures) -> Iterator[str]:
    """What is known of a replica: of its process nothing, where it has none."""
    ready = "never ready" if replica.ready_ms is None else f"ready {replica.ready_ms:.0f} ms"
    yield ready + ("" if replica.ready_cpu_ms is None else f" ({replica.ready_cpu_ms:.0f} ms cpu)")
    if replica.cpu_s is not None:
        yield f"cpu {replica.cpu_s:.2f} s"
    if replica.memory_peak_kb is not None:
        yield f"memory {replica.memory_peak_kb / 1024:.0f} MB"
    if replica.exit_code is not None:
        yield f"exit {replica.exit_code}" + ("" if replica.exit_ms is None else f" after {replica.exit_ms:.0f} ms")
    if replica.restarts:
        yield f"restarts {replica.restarts}"
