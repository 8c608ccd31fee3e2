"""Replicas as processes: started, watched and ended, and none ever left behind."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from simulator.actions import Exit
from simulator.ids import NodeId
from simulator.orphans import BEFORE_EXEC

GRACE_S: Final = 2.0
"""How long a replica may take to end after SIGTERM before it is killed."""
_POLL_S: Final = 0.0005
_KEPT_CHUNKS: Final = 16
_CHUNK_BYTES: Final = 4096
_LAST_LINES: Final = 12
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_MEMORY_UNIT_PER_KB: Final = 1024 if sys.platform == "darwin" else 1


class ProgramError(Exception):
    """The program cannot be started as a replica; the text says why in one sentence."""


def command_of(program: Path) -> tuple[str, ...]:
    """How to run `program`: as an executable, or by this Python when it is a `.py` file without its run bit."""
    path = program.resolve()
    if not path.is_file():
        raise ProgramError(f"{program}: there is no such program to run as a replica.")
    if os.access(path, os.X_OK):
        return (str(path),)
    if path.suffix == ".py":
        return (sys.executable, str(path))
    raise ProgramError(f"{program}: the program is not executable; give it its run bit with chmod +x.")


@dataclass(slots=True)
class Output:
    """The end of what a replica printed on one stream; older output is let go."""

    stream: IO[bytes]
    chunks: deque[bytes] = field(default_factory=lambda: deque(maxlen=_KEPT_CHUNKS))

    def drain(self) -> bool:
        """Take some of what is there, without waiting; False at the end of the stream."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(_KEPT_CHUNKS):
                chunk = os.read(self.stream.fileno(), _CHUNK_BYTES)
                if not chunk:
                    return False
                self.chunks.append(chunk)
        return True

    def last_lines(self) -> str:
        """The last lines, as text."""
        lines = b"".join(self.chunks).decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-_LAST_LINES:])


class Process:
    """One replica's process, in a process group of its own, so that Ctrl-C in the terminal does not reach it."""

    def __init__(self, name: NodeId, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        try:
            self._popen = subprocess.Popen(  # noqa: S603 (running the program that the user named is the purpose)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                process_group=0,
                bufsize=0,
                preexec_fn=BEFORE_EXEC,  # noqa: PLW1509 (with one thread, nothing can hold a lock in the fork)
            )
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise ProgramError(f"{command[0]}: the program cannot be started: {reason}.") from None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self.stdout = Output(self._popen.stdout)
        self.stderr = Output(self._popen.stderr)
        for output in (self.stdout, self.stderr):
            os.set_blocking(output.stream.fileno(), False)
        self._exit: Exit | None = None

    def pause(self) -> None:
        """Stop the process where it stands."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the process go on."""
        self._signal(signal.SIGCONT)

    def cpu_s(self) -> float | None:
        """Processor time used so far, in seconds; None where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._popen.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def poll(self) -> Exit | None:
        """How the process ended, if it has."""
        if self._exit is None:
            self._reap(None, forced=False)
        return self._exit

    def terminate(self, while_waiting: Callable[[], None], grace_s: float = GRACE_S) -> Exit:
        """End the process by SIGTERM and wait until it is gone; kill it after `grace_s`."""
        if (ended := self.poll()) is not None:
            return ended
        began = time.monotonic()
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)
        while not self._reap(began, forced=False) and time.monotonic() - began < grace_s:
            while_waiting()
            time.sleep(_POLL_S)
        return self._exit if self._exit is not None else self.kill(began)

    def crash(self) -> Exit:
        """End the process as a power cut would, and wait until it is gone; being killed so is no fault of its own."""
        if (ended := self.poll()) is not None:
            return ended
        self._signal(signal.SIGKILL)
        while not self._reap(None, forced=False):
            time.sleep(_POLL_S)
        assert self._exit is not None
        return self._exit

    def kill(self, began: float | None = None) -> Exit:
        """End the process at once, by force."""
        self._signal(signal.SIGKILL)
        while not self._reap(began, forced=True):
            time.sleep(_POLL_S)
        assert self._exit is not None
        return self._exit

    def _signal(self, number: signal.Signals) -> None:
        if self._exit is None:
            os.kill(self._popen.pid, number)

    def _reap(self, began: float | None, *, forced: bool) -> bool:
        """Take the process's end from the system, with what it used; False while it still runs."""
        if self._exit is not None:
            return True
        pid, status, used = os.wait4(self._popen.pid, os.WNOHANG)
        if pid == 0:
            return False
        took_ms = None if began is None else (time.monotonic() - began) * 1000
        self._end_group()
        self._exit = Exit(
            code=os.waitstatus_to_exitcode(status),
            took_ms=took_ms,
            forced=forced,
            cpu_s=used.ru_utime + used.ru_stime,
            memory_peak_kb=_memory_kb(used),
            last_words=self._last_words(),
        )
        self._popen.returncode = self._exit.code
        return True

    def _end_group(self) -> None:
        """Kill what the replica may have started itself and left behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)

    def _last_words(self) -> str:
        self.drain()
        return self.stderr.last_lines() or self.stdout.last_lines()

    def drain(self) -> None:
        """Take some of what the process printed, so that it never waits for a reader."""
        for output in (self.stdout, self.stderr):
            output.drain()

    def close(self) -> None:
        """Let go of the pipes."""
        for output in (self.stdout, self.stderr):
            output.stream.close()


def _memory_kb(used: resource.struct_rusage) -> int:
    return used.ru_maxrss // _MEMORY_UNIT_PER_KB
