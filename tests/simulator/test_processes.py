"""Replicas as processes: how they are started and ended, and that none is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.ids import NodeId
from simulator.processes import Process, ProgramError, command_of

Spawn = Callable[[str], Process]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Starts Python programs as replicas, and leaves none behind."""
    processes = []

    def start(program: str) -> Process:
        process = Process(NodeId("0000"), (sys.executable, "-u", "-c", program), os.environ)
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.close()


def printed(process: Process, text: str) -> None:
    """Wait until the process has printed `text`."""
    limit = time.monotonic() + 5
    while text not in process.stdout.last_lines():
        assert time.monotonic() < limit
        process.drain()


def ended(process: Process) -> bool:
    limit = time.monotonic() + 5
    while process.poll() is None and time.monotonic() < limit:
        time.sleep(0.001)
    return process.poll() is not None


def test_a_process_that_ends_by_itself_tells_its_exit_code_and_last_words(spawn: Spawn) -> None:
    process = spawn("import sys; print('out'); print('first\\nlast', file=sys.stderr); sys.exit(7)")
    assert ended(process)
    how = process.poll()
    assert how is not None
    assert (how.code, how.last_words, how.took_ms, how.forced) == (7, "first\nlast", None, False)
    assert how.cpu_s is not None
    assert how.cpu_s > 0
    assert how.memory_peak_kb is not None
    assert how.memory_peak_kb > 1_000


def test_last_words_are_those_of_stdout_when_stderr_is_empty(spawn: Spawn) -> None:
    process = spawn("print('only this')")
    assert ended(process)
    how = process.poll()
    assert how is not None
    assert how.last_words == "only this"


def test_a_process_is_ended_by_sigterm_and_waited_for(spawn: Spawn) -> None:
    process = spawn("import time; print('up'); time.sleep(60)")
    printed(process, "up")
    how = process.terminate(process.drain)
    assert how.code == -signal.SIGTERM
    assert not how.forced
    assert how.took_ms is not None
    assert how.took_ms < 1_000


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(spawn: Spawn) -> None:
    process = spawn("import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)")
    printed(process, "up")
    how = process.terminate(process.drain, grace_s=0.1)
    assert how.forced
    assert how.code == -signal.SIGKILL


def test_a_paused_process_can_be_terminated(spawn: Spawn) -> None:
    process = spawn("import time; print('up'); time.sleep(60)")
    printed(process, "up")
    process.pause()
    assert not process.terminate(process.drain).forced


def test_a_process_that_prints_much_is_not_blocked_and_only_the_end_is_kept(spawn: Spawn) -> None:
    process = spawn("for n in range(100_000): print('line', n)\nprint('the end')")
    printed(process, "the end")
    assert sum(map(len, process.stdout.chunks)) <= 16 * 4096


def test_what_a_replica_has_started_itself_ends_with_it(spawn: Spawn) -> None:
    process = spawn(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(f'{child.pid} is up')\n"
        "time.sleep(60)"
    )
    printed(process, "is up")
    child = int(process.stdout.last_lines().split()[0])
    process.terminate(process.drain)
    limit = time.monotonic() + 5
    while is_running(child):
        assert time.monotonic() < limit


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_processor_time_is_known_while_a_process_runs(spawn: Spawn) -> None:
    process = spawn("sum(range(3_000_000)); print('up'); import time; time.sleep(60)")
    printed(process, "up")
    cpu_s = process.cpu_s()
    assert cpu_s is not None
    assert 0 < cpu_s < 10


def test_an_executable_is_run_as_it_is_and_a_python_file_without_run_bit_by_this_python(tmp_path: Path) -> None:
    program = tmp_path / "replica.py"
    program.write_text("#!/bin/sh\n")
    assert command_of(program) == (sys.executable, str(program))
    program.chmod(0o755)
    assert command_of(program) == (str(program),)


def test_a_program_that_does_not_exist_or_cannot_run_is_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="missing: there is no such program"):
        command_of(tmp_path / "missing")
    plain = tmp_path / "plain"
    plain.write_text("")
    with pytest.raises(ProgramError, match="the program is not executable; give it its run bit"):
        command_of(plain)


def test_an_executable_of_an_unknown_format_is_named_in_one_sentence(tmp_path: Path) -> None:
    program = tmp_path / "broken"
    program.write_text("nothing that can run")
    program.chmod(0o755)
    with pytest.raises(ProgramError, match="the program cannot be started: exec format error"):
        Process(NodeId("0000"), command_of(program), os.environ)
