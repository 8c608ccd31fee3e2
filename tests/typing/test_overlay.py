"""The types of mailboxes are proven by mypy; these tests prove that mypy would notice if they were not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKS = "tests/typing/check_addresses.py"

ONE_ACTOR = """
from typing import assert_never

from pykka import ActorRef, ThreadingActor


class Clerk(ThreadingActor):
    def on_receive(self, message: int | str) -> None:
        match message:
            case int():
                pass
            case str():
                pass
            case _:
                assert_never(message)


def tell(clerk: ActorRef[Clerk]) -> None:
    clerk.tell(1)
    clerk.tell("one")
"""


def mypy(*arguments: str) -> list[str]:
    """What mypy says about files, run from the project's root; the last line is its verdict."""
    command = [sys.executable, "-m", "mypy", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()


def verdict_on(text: str, directory: Path) -> tuple[list[str], str]:
    """Which errors a file with this `text` has under the project's rules, and the verdict."""
    file = directory / "actor_under_test.py"
    file.write_text(text)
    *errors, verdict = mypy("--config-file", "mypy.ini", "--cache-dir", str(directory / "cache"), str(file))
    return [error.partition(": error: ")[2] for error in errors], verdict


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for all, so that mypy need read pykka only once."""
    return tmp_path_factory.mktemp("typing")


def test_an_actor_that_handles_all_that_it_is_told_is_accepted(directory: Path) -> None:
    assert verdict_on(ONE_ACTOR, directory) == ([], "Success: no issues found in 1 source file")


def test_a_handler_that_forgets_a_message_is_an_error(directory: Path) -> None:
    forgetful = ONE_ACTOR.replace("            case str():\n                pass\n", "")
    errors, _ = verdict_on(forgetful, directory)
    assert errors == ['Argument 1 to "assert_never" has incompatible type "str"; expected "Never"  [arg-type]']


def test_a_message_that_is_not_handled_is_an_error_where_it_is_told(directory: Path) -> None:
    errors, _ = verdict_on(ONE_ACTOR.replace("clerk.tell(1)", "clerk.tell(1.5)"), directory)
    assert len(errors) == 1
    assert errors[0].endswith("[arg-type]")


def test_waiting_for_an_answer_is_an_error(directory: Path) -> None:
    errors, _ = verdict_on(ONE_ACTOR.replace("clerk.tell(1)", "clerk.ask(1)"), directory)
    assert len(errors) == 1
    assert "actors never wait" in errors[0]
    assert errors[0].endswith("[deprecated]")


def test_losing_the_overlay_turns_the_check_red(directory: Path) -> None:
    """Without `mypy_path`, pykka's own types accept everything: every ignored wrong send is then one too many."""
    lines = (ROOT / "mypy.ini").read_text().splitlines()
    config = directory / "mypy.ini"
    config.write_text("\n".join(line for line in lines if not line.startswith("mypy_path")))
    assert len(lines) == len(config.read_text().splitlines()) + 1
    said = mypy("--config-file", str(config), "--cache-dir", str(directory / "lost"), CHECKS)
    unused = [line for line in said if line.startswith(CHECKS) and line.endswith("[unused-ignore]")]
    assert len(unused) >= 8, "one for each reference to an actor, and the two ways of waiting"
