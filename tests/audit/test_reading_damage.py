"""Whatever a disk does to a trail, it is read as far as possible, the damage is said, and nothing raises."""

import contextlib
import io
import tempfile
from pathlib import Path
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.__main__ import main
from tests.audit.small_run import small_run


def _contents() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as directory:
        small_run(Path(directory))
        return {path.name: path.read_bytes() for path in sorted(Path(directory).iterdir())}


CONTENTS: Final = _contents()


def damaged(content: bytes, seed: int, count: int) -> bytes:
    """Some bytes changed, cut out, doubled or put in."""
    random = Random(seed)
    changed = bytearray(content)
    for _ in range(count):
        begin = random.randrange(len(changed))
        end = min(begin + random.randint(1, 40), len(changed))
        match random.randrange(4):
            case 0:
                changed[begin] ^= 1 << random.randrange(8)
            case 1 if end - begin < len(changed):
                del changed[begin:end]
            case 2:
                changed[begin:begin] = changed[begin:end]
            case _:
                changed[begin:begin] = random.choice([b"\n", b"\0" * 8, b"{", b'"', b"9", b"\xff"])
    return bytes(changed)


def outcome(contents: dict[str, bytes], *arguments: str) -> tuple[int, str]:
    """The exit code of a command over these files, and what it said on stderr."""
    with tempfile.TemporaryDirectory() as directory:
        for name, content in contents.items():
            (Path(directory) / name).write_bytes(content)
        complaints = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(complaints):
            return main([arguments[0], directory, *arguments[1:]]), complaints.getvalue()


@given(st.integers(0, 10**9), st.sampled_from(sorted(CONTENTS)), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_damage_is_shown_and_never_raised(seed: int, name: str, count: int) -> None:
    contents = CONTENTS | {name: damaged(CONTENTS[name], seed, count)}
    if contents == CONTENTS:
        return
    for arguments in (("summary",), ("timeline",), ("timeline", "--mid", "M1"), ("timeline", "--term", "1", "--json")):
        code, complaints = outcome(contents, *arguments)
        assert code in {0, 1}
        assert "Traceback" not in complaints
        if arguments == ("timeline",):
            assert name in complaints, "what was changed is said"
