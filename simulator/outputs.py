"""Where a command is to write: tried before the work and not after it, without a trace of the trial."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from simulator.loading import ConfigError

PIPE_CLOSED: Final = 141
"""As the shell names the end of a program by SIGPIPE."""


def check_file(path: Path, what: str) -> None:
    """Raise `ConfigError` unless `path` can be written; `what` it is to hold, such as 'the report', is for people."""
    try:
        if path.is_dir() or not path.parent.is_dir():
            raise ConfigError(f"{path}: {what} cannot be written there; name a file in a directory that exists.")
        _try_file(path)
    except OSError as error:
        raise _refused(path, what, error) from None


def check_directory(path: Path) -> None:
    """Raise `ConfigError` unless trails can be kept in `path`, a directory that is there or one that can be made."""
    try:
        if not path.is_dir() and (path.exists() or not path.parent.is_dir()):
            raise ConfigError(
                f"{path}: trails cannot be kept there; name a directory, or a new one in one that exists."
            )
        with tempfile.TemporaryDirectory(dir=path if path.is_dir() else path.parent):
            pass
    except OSError as error:
        raise ConfigError(f"{path}: trails cannot be kept there: {reason_of(error)}.") from None


def write_file(path: Path, content: bytes, what: str) -> None:
    """Write it, or raise `ConfigError`."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _refused(path, what, error) from None


def reason_of(error: OSError) -> str:
    """What the system says, to stand within a sentence."""
    return (error.strerror or str(error)).lower()


def leave_unread() -> int:
    """Whoever read standard output has seen enough: what is still to be written there goes nowhere; the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED


def _try_file(path: Path) -> None:
    """Open it as for writing; a pipe or a device is left alone, for opening it may be noticed."""
    is_new = not path.exists()
    if not is_new and not path.is_file():
        return
    target = path.resolve()
    with target.open("ab"):
        pass
    if is_new:
        target.unlink()


def _refused(path: Path, what: str, error: OSError) -> ConfigError:
    return ConfigError(f"{path}: {what} cannot be written: {reason_of(error)}.")
