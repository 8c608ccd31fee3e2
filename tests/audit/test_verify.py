"""`python -m audit verify`: what it says of whole runs, and with which exit code."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.settings import Settings
from audit.__main__ import main
from messages.ids import NodeId
from tests.audit import sealing, stories
from tests.audit.recorded_cluster import RecordedCluster
from trail import Rotation

QUICK = Settings(start_wait_ms=0, start_wait_per_peer_ms=0)
Verify = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The trails of a short story."""
    stories.short(tmp_path)
    return tmp_path


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """The exit code of the command, and its output."""

    def of(directory: Path, *options: str) -> tuple[int, str]:
        code = main(["verify", str(directory), *options])
        return code, capsys.readouterr().out

    return of


def elected(directory: Path, *, rotation: Rotation | None = None, quiet: tuple[NodeId, ...] = ()) -> Path:
    """Three replicas that elect a leader, and nothing else."""
    cluster = RecordedCluster(directory, 3, 1, QUICK, rotation=rotation or Rotation(), quiet=quiet)
    cluster.run(3.0)
    cluster.close()
    return directory


def forge(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of a file, and make its checksums right again."""
    sealing.write_sealed(path, change(sealing.lines(path)))


# --- runs in which nothing is wrong -----------------------------------------------------------------------------


def test_a_run_that_obeys_verifies(run: Path, verify: Verify) -> None:
    code, output = verify(run)
    assert code == 0
    counts = re.search(r"Verdict: all held \(([\d,]+) records of 3 replicas read, ([\d,]+) replayed\)", output)
    assert counts is not None
    recorded = [line for path in run.iterdir() for line in sealing.lines(path)]
    assert int(counts[1].replace(",", "")) == len(recorded)
    traced = sum(line.startswith((b'{"record":"took"', b'{"record":"did"')) for line in recorded)
    assert int(counts[2].replace(",", "")) == traced
    assert output.count("all as the trail says") == 3
    assert "BROKEN" not in output


@pytest.mark.parametrize("seed", range(20, 26))
def test_clusters_in_trouble_verify(seed: int, tmp_path: Path, verify: Verify) -> None:
    stories.told(tmp_path, seed, trouble_s=10.0)
    code, output = verify(tmp_path)
    assert code == 0, output


def test_the_same_seed_leaves_the_same_trails(tmp_path: Path) -> None:
    """What is found in them can be found again."""
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        stories.short(tmp_path / name)
    for path in (tmp_path / "once").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_trail_of_many_parts_verifies(tmp_path: Path, verify: Verify) -> None:
    elected(tmp_path, rotation=Rotation(part_bytes=5_000))
    assert len(list(tmp_path.glob("*.part*.jsonl"))) > 5
    assert verify(tmp_path)[0] == 0


def test_a_replica_that_was_killed_verifies_up_to_its_last_whole_line(run: Path, verify: Verify) -> None:
    path = run / "0001.jsonl"
    path.write_bytes(path.read_bytes()[:-300])
    code, output = verify(run)
    assert code == 0, output
    assert re.search(r"^  0001  .* all as the trail says; killed: its last line is unfinished$", output, re.MULTILINE)


def test_other_code_is_said_but_is_no_fault(run: Path, verify: Verify) -> None:
    path = run / "0002.jsonl"
    forge(path, lambda lines: [re.sub(rb'"code":"\w+"', b'"code":"0ld0c0de"', lines[0]), *lines[1:]])
    code, output = verify(run)
    assert code == 0
    assert "Other code than this wrote the trails of 0002: a divergence may be a difference of code." in output


# --- runs of which something is missing -------------------------------------------------------------------------


def test_a_missing_replica_leaves_something_unchecked(run: Path, verify: Verify) -> None:
    (run / "0002.jsonl").unlink()
    code, output = verify(run)
    assert code == 3
    assert "not all checked: 0002 left no trail" in output
    assert "Verdict: nothing wrong was found, but records are missing (" in output


def test_a_replica_that_wrote_only_events_is_not_run_again(tmp_path: Path, verify: Verify) -> None:
    code, output = verify(elected(tmp_path, quiet=(NodeId("0001"),)))
    assert code == 3
    not_run = "0 records of 0 actors replayed; not further: its trail is of level 'events', which has no messages"
    assert f"  0001  {not_run}" in output
    assert "not all checked: Of 0001, its trail was written at level events, without messages" in output


def test_a_cluster_that_wrote_only_events_proves_little(tmp_path: Path, verify: Verify) -> None:
    everybody = (NodeId("0000"), NodeId("0001"), NodeId("0002"))
    code, output = verify(elected(tmp_path, quiet=everybody))
    assert code == 3
    assert ", 0 replayed)" in output


def test_records_that_were_shed_leave_something_unchecked(run: Path, verify: Verify) -> None:
    event = '{"record":"event","at":9.0,"clock":0,"node":"0001","event":"trail.shed","level":"warning","actor":"node"'

    def shed(lines: list[bytes]) -> list[bytes]:
        return [*lines[:200], sealing.unsealed(f'{event},"count":20'), *lines[220:]]

    forge(run / "0001.jsonl", shed)
    code, output = verify(run)
    assert code == 3, output
    assert "not further: records are missing from 0001.jsonl:201 on: the replica shed them" in output


# --- runs in which something is wrong ---------------------------------------------------------------------------


def fail(lines: list[bytes]) -> list[bytes]:
    """The replica fails at the end, as it says, in its log store."""
    taken = [json.loads(line) for line in lines if b'"actor":"log_store","n":' in line and b'"took"' in line[:16]]
    at, clock, n = taken[-1]["at"], json.loads(lines[-1])["clock"], taken[-1]["n"]
    event = f'{{"record":"event","at":{at},"clock":{clock},"node":"0001","event":"node.failed","level":"critical"'
    words = f'"actor":"node","handling":["log_store",{n}],"error":"OSError(28)","traceback":"..."'
    return [*lines[:-1], sealing.unsealed(f"{event},{words}")]


def test_a_replica_that_failed_is_not_all_well(run: Path, verify: Verify) -> None:
    forge(run / "0001.jsonl", fail)
    code, output = verify(run)
    assert code == 1
    assert re.search(
        r"^FAILED  0001 failed, handling delivery \d+ of log_store \(\w+\): OSError\(28\) \(0001\.jsonl:\d+\)$",
        output,
        re.MULTILINE,
    )
    assert re.search(r"^First divergence: log_store of 0001, delivery \d+ \(\w+\)$", output, re.MULTILINE)


def lie(lines: list[bytes]) -> list[bytes]:
    """Another vote than the one that was saved."""
    place = next(place for place, line in enumerate(lines) if b"save_hard_state" in line)
    return [*lines[:place], re.sub(rb'"term":\d+', b'"term":7', lines[place]), *lines[place + 1 :]]


def test_a_divergence_is_shown_with_all_that_is_needed_to_understand_it(run: Path, verify: Verify) -> None:
    forge(run / "0001.jsonl", lie)
    code, output = verify(run)
    assert code == 1
    shown = output[output.index("First divergence") : output.index("Rules:")].splitlines()
    assert re.fullmatch(r"First divergence: log_store of 0001, delivery 1 \(SaveHardState\)", shown[0])
    assert re.fullmatch(r'  handling  0001\.jsonl:\d+  {"term":1,"voted_for":".*"}', shown[1])
    assert re.fullmatch(r'  expected  log_store does storage\.save_hard_state {"term":1,"voted_for":".*"}', shown[2])
    assert re.fullmatch(r'  got       log_store does storage\.save_hard_state {"term":7,"voted_for":".*"}', shown[3])
    place = re.fullmatch(r"  shown by  (0001\.jsonl:\d+); the records around it:", shown[4])
    assert place is not None
    around = shown[5:]
    assert len(around) == 13
    assert [line for line in around if line.startswith("    > ")] == [around[6]]
    assert around[6].startswith(f"    > {place[1]}  log_store 1 did storage.save_hard_state ")


def test_the_records_around_a_divergence_are_as_many_as_one_likes(run: Path, verify: Verify) -> None:
    forge(run / "0001.jsonl", lie)
    _, output = verify(run, "--around", "1")
    around = output[output.index("the records around it:") : output.index("Rules:")].splitlines()[1:]
    assert len(around) >= 3
    assert [line[4] for line in around[:3]] == [" ", ">", " "]


def test_fewer_than_no_records_are_one_sentence_and_exit_code_2(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(run), "--around", "-3"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "--around -3: no fewer than 0 records can be shown around one.\n")


def test_divergences_of_other_replicas_are_named_too(run: Path, verify: Verify) -> None:
    for name in ("0000", "0001"):
        forge(run / f"{name}.jsonl", lie)
    _, output = verify(run)
    assert output.count("First divergence: ") == output.count("Another divergence: ") == 1


def test_damage_is_said_first(run: Path, verify: Verify) -> None:
    lines = sealing.lines(run / "0001.jsonl")
    lines[99] = lines[99].replace(b'"node":"0001"', b'"node":"0002"')
    sealing.write(run / "0001.jsonl", lines)
    code, output = verify(run)
    assert code == 1
    assert output.startswith("DAMAGED  0001.jsonl:100: the checksum does not fit")
    assert "not further: the record at 0001.jsonl:100 is damaged" in output


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda lines: lines, "the trail is damaged; as far as it can be read, all held ("),
        (fail, "NOT all held ("),
    ],
)
def test_damage_is_told_from_what_replicas_did(
    run: Path, verify: Verify, change: Callable[[list[bytes]], list[bytes]], verdict: str
) -> None:
    forge(run / "0001.jsonl", change)
    path = run / "0002.jsonl"
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    code, output = verify(run)
    assert code == 1
    assert output.splitlines()[-1].startswith(f"Verdict: {verdict}")


def test_a_directory_without_a_trail_is_a_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{tmp_path}: there is no trail in this directory: no file like 0001.jsonl.\n"


# --- for machines -----------------------------------------------------------------------------------------------


def test_machines_read_that_all_held(run: Path, verify: Verify) -> None:
    code, output = verify(run, "--json")
    report = json.loads(output)
    assert (report["held"], report["code"]) == (True, code) == (True, 0)
    assert set(report["replicas"]) == {"0000", "0001", "0002"}
    assert sum(replica["replayed"] for replica in report["replicas"].values()) == report["replayed"] > 0
    assert all(report[name] == [] for name in ("divergences", "failures", "violations", "problems", "unchecked"))


def test_machines_read_what_was_wrong(run: Path, verify: Verify) -> None:
    forge(run / "0001.jsonl", lie)
    forge(run / "0001.jsonl", fail)
    code, output = verify(run, "--json")
    report = json.loads(output)
    assert (report["held"], report["code"], code) == (False, 1, 1)
    (divergence,) = report["divergences"]
    assert (divergence["node"], divergence["guilty"]) == ("0001", "log_store of 0001, delivery 1 (SaveHardState)")
    assert re.fullmatch(r"0001\.jsonl:\d+", divergence["at"])
    assert divergence["expected"] != divergence["got"]
    assert len(report["failures"]) == 1
    assert {"rule", "sentence", "places"} <= set(report["violations"][0])
