"""One replica as a process: how it starts, what it says to people who ask, and how it ends."""

import signal
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.launch import GENEROUS_S, NODE, PLAIN, Launched, cpu_s_of_children, run, said

HELLO = {"src": "0000", "dst": "FFFF", "leader": "FFFF", "type": "hello"}
"""As the contract has it; the `clock` and the `crc` besides it are ours, which others ignore."""

LIBRARIES = "import argparse, msgspec, pykka, sqlite3, structlog"

# --- the start ---


def test_the_first_thing_that_it_says_is_hello_as_the_contract_has_it(tmp_path: Path) -> None:
    """From any directory, in a shell where nothing was activated."""
    with Launched(tmp_path, {}) as replica:
        assert said(replica.receive()) == HELLO


def test_it_is_ready_in_less_than_three_times_what_its_libraries_take(tmp_path: Path) -> None:
    """In turns, for machines differ, and one that is busy is slow: 400 ms of CPU are allowed on an ordinary one."""
    ratios = []
    for _ in range(5):
        before = cpu_s_of_children()
        subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
        between = cpu_s_of_children()
        with Launched(tmp_path, {"RAFT_TRAIL_LEVEL": "off"}) as replica:
            replica.receive()
        ratios.append((cpu_s_of_children() - between) / (between - before))
    assert statistics.median(ratios) < 3


def test_it_says_no_more_before_the_slowest_sibling_can_be_up(tmp_path: Path) -> None:
    """A message that is routed to a replica which has not said hello may kill that replica for good."""
    with Launched(tmp_path, {}) as replica:
        replica.receive()
        replica.network.settimeout(1.5)
        with pytest.raises(TimeoutError):
            replica.receive()


def test_a_trail_that_cannot_be_written_costs_the_trail_and_not_the_node(tmp_path: Path) -> None:
    """Scenario 29."""
    with Launched(tmp_path, {"RAFT_TRAIL": "/proc/nowhere"}) as replica:
        assert said(replica.receive()) == HELLO
        assert replica.end(signal.SIGTERM)[0] == 0
        complaints = replica.complaints()
    assert complaints.startswith("The audit trail cannot be written to /proc/nowhere: ")
    assert complaints.count("\n") == 1


# --- the end ---


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_well(tmp_path: Path, how: signal.Signals) -> None:
    codes, seconds = set(), []
    for number in range(3):
        directory = tmp_path / str(number)
        directory.mkdir()
        with Launched(directory, {}) as replica:
            replica.receive()
            code, took_s = replica.end(how)
            assert replica.complaints() == ""
            last = replica.events()[-1]
            assert (last["event"], last["signal"]) == ("node.stopped", how.name)
        codes.add(code)
        seconds.append(took_s)
    assert codes == {0}
    assert statistics.median(seconds) < 0.1


# --- people ---


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_tells_of_arguments_and_of_every_setting(option: str) -> None:
    done = run(option)
    assert (done.returncode, done.stderr) == (0, "")
    for told in ("PORT", "ID", "OTHER", "RAFT_HEARTBEAT_MS", "RAFT_SEED", "RAFT_TRAIL", "RAFT_TRAIL_LEVEL"):
        assert told in done.stdout


def test_help_tells_how_ids_and_values_are_written() -> None:
    told = run("--help").stdout
    for how in (
        "letters as capitals: 0001, 00A1. FFFF is none",
        "A variable that is empty counts as unset, but RAFT_DATA",
    ):
        assert how in " ".join(told.split())


def test_version_tells_name_and_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("typed-raft 0.")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "PORT"),
        (["9000"], "ID"),
        (["9000", "0000"], "OTHER"),
        (["x", "0000", "0001"], "'x' is no UDP port"),
        (["0", "0000", "0001"], "'0' is no UDP port"),
        (["65536", "0000", "0001"], "'65536' is no UDP port"),
        (["9" * 5000, "0000", "0001"], "UDP port"),
        (["9000", "zzzz", "0001"], "'zzzz' is no ID"),
        (["9000", "00a1", "0001"], "'00a1' is no ID: four hexadecimal digits, letters as capitals, such as 00A1; FFFF"),
        (["9000", "00000", "0001"], "'00000' is no ID"),
        (["9000", "0000\n", "0001"], "is no ID"),
        (["9000", "0000", "FFFF"], "'FFFF' is no ID"),
        (["9000", "0000", "0000"], "each replica must be named once"),
        (["9000", "0000", "0001", "0001"], "each replica must be named once"),
        (["9000", "0000", "0001", "--faster"], "--faster"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_code_2(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"RAFT_HEARTBEAT_MS": "soon"}, "RAFT_HEARTBEAT_MS must be a whole number from 1 to "),
        ({"RAFT_HEARTBEAT_MS": "700"}, "RAFT_HEARTBEAT_MS (700) must be at most a third of "),
        ({"RAFT_ELECTION_TIMEOUT_MAX_MS": "500"}, "RAFT_ELECTION_TIMEOUT_MAX_MS (500) must be above "),
        ({"RAFT_DATA": ""}, "RAFT_DATA is empty; name a directory, or unset it"),
        ({"RAFT_DATA": "/" + "x" * 300}, f"/{'x' * 300} cannot be used as RAFT_DATA: file name too long."),
        ({"RAFT_TRAIL_LEVEL": "loud"}, "RAFT_TRAIL_LEVEL must be one of "),
        ({"RAFT_HEARTBEAT": "100"}, "'RAFT_HEARTBEAT' is no setting"),
        ({"RAFT_SEED": "x" * 101}, "RAFT_SEED must be at most 100 printable ASCII characters."),
        ({"RAFT_SEED": "\udcff"}, "RAFT_SEED must be at most 100 printable ASCII characters."),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_exit_code_2(environment: dict[str, str], told: str) -> None:
    done = run("9000", "0000", "0001", "0002", environment=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_without_an_environment_it_says_how_to_make_one(tmp_path: Path) -> None:
    """A copy of the program without the rest of the project beside it, run by a Python that has nothing."""
    copy = tmp_path / "node.py"
    copy.write_bytes(NODE.read_bytes())
    command = [sys.executable, "-I", "-S", str(copy), "9000", "0000", "0001"]
    done = subprocess.run(command, env=PLAIN, capture_output=True, text=True, check=False, timeout=GENEROUS_S)
    assert (done.returncode, done.stdout) == (2, "")
    assert "run 'make environment' in" in done.stderr
    assert done.stderr.count("\n") == 1
