#!/usr/bin/env python3
"""One replica as a process: its command line, its life and its death.

A simulator starts it as `./node.py PORT ID OTHER...` from a plain shell, with whatever `python3` is there; it finds the
project's environment by itself. What stands before that has happened must parse and work on any Python 3.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NEEDED = ("msgspec", "pykka", "structlog")
VERSION = "0.1.0"


def use_environment() -> None:
    """Go on in the project's own environment, unless this Python has all that is needed."""
    if sys.version_info >= (3, 11) and all(importlib.util.find_spec(name) for name in NEEDED):
        return
    environment = HERE / ".venv"
    python = environment / "bin" / "python"
    if os.access(python, os.X_OK) and Path(sys.prefix).resolve() != environment.resolve():
        os.execv(str(python), [str(python), str(HERE / "node.py"), *sys.argv[1:]])  # noqa: S606  # no shell is meant
    sentence = "node.py needs Python 3.11 or newer with {}: run 'make environment' in {} once."
    sys.stderr.write(sentence.format(", ".join(NEEDED), HERE) + "\n")
    sys.exit(2)


if __name__ == "__main__":
    use_environment()

import argparse
import re
import signal
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from stat import S_ISREG
from typing import Never

from structlog.typing import EventDict

from actors.clock import now
from actors.logical_clock import LogicalClock
from actors.ports import Storage
from actors.runtime import ThreadRuntime
from actors.settings import Settings, SettingsError, described, seed_from, settings_from
from actors.storage import MemoryStorage
from actors.udp import UdpDatagrams, bound_socket
from actors.wiring import Replica, wire
from messages.consensus import Restored, RestoredChunk
from messages.ids import NOBODY, NodeId
from recording import Recorder, RecordingDatagrams, RecordingRuntime, RecordingStorage, source_digest
from storage import SqliteStorage, StorageError
from trail import LEVELS, Level, Opening, Trail, TrailError, audit_log, level_from, rotation_from, run_directory

DATA = "RAFT_DATA"

ENDS = (signal.SIGTERM, signal.SIGINT)
"""What ends a node; blocked before any thread starts, so that only the main thread gets them."""

LAST_WORDS_S = 0.05
"""A node that is ended waits no longer for its trail to reach the file."""

REASON_S = 0.15
"""One that fails may then take so long for its named events, of which the last says why."""

EPILOG = f"""\
IDs are four hexadecimal digits, letters as capitals: 0001, 00A1. FFFF is none: it means nobody, or all.

Settings are environment variables; all replicas of a cluster should have the same. Numbers are whole and in digits
(RAFT_HEARTBEAT_MS=400). A variable that is empty counts as unset, but RAFT_DATA must not be empty.
{described()}
  RAFT_SEED                        seed of the election timeouts, printable ASCII (default: random, in the trail)
  RAFT_DATA                        directory for what outlives this process (default: none, nothing does)
  RAFT_TRAIL                       directory of the audit trail (default: runs/run-... under the working directory)
  RAFT_TRAIL_LEVEL                 {", ".join(LEVELS)} (default: full)
  RAFT_TRAIL_PART_MB               a new file of the trail is begun at so many MB, 1 to 100000 (default: 64)
  RAFT_TRAIL_PARTS_MAX             so many files of a trail are kept, 2 to 100000 (default: 0, all of them)
"""


class Process:
    """One running replica, and its end: on SIGTERM at once, on a failure of any actor with the reason."""

    def __init__(
        self, me: NodeId, peers: tuple[NodeId, ...], settings: Settings, environment: Mapping[str, str]
    ) -> None:
        self._me = me
        self._peers = peers
        self._settings = settings
        self._seed = seed_from(environment, otherwise=os.urandom(8).hex())
        self._data = data_from(environment)
        self._storage, self._restored = self._open_storage()
        self._clock = LogicalClock(time.time_ns() // 1000 if self._data else 0)
        self._level: Level = level_from(environment)
        self._trail = self._open_trail(environment)
        if self._trail is None:
            self._level = "off"
        self._audit = audit_log(
            self._write, node=me, clock=now, logical_clock=lambda: self._clock.value, level=self._level
        )
        self._failing = threading.Lock()
        self._recorder: Recorder | None = None

    def _open_storage(self) -> tuple[Storage, tuple[RestoredChunk | Restored, ...]]:
        """Memory, or what an earlier process has left on disk; raises StorageError."""
        if not self._data:
            return MemoryStorage(), ()
        storage = SqliteStorage.open(Path(self._data), me=self._me, cluster=self._peers)
        return storage, tuple(storage.restored())

    def _open_trail(self, environment: Mapping[str, str]) -> Trail | None:
        """The trail; a node without one still serves, and says so once."""
        rotation = rotation_from(environment)
        if self._level == "off":
            return None
        opening = Opening(
            node=self._me,
            peers=self._peers,
            settings=self._settings,
            seed=self._seed,
            storage="disk" if self._data else "memory",
            level=self._level,
            version=VERSION,
            code=source_digest(),
        )
        try:
            return Trail(run_directory(environment, Path()), opening, rotation=rotation, clock=now)
        except TrailError as error:
            sys.stderr.write(f"{error} The replica goes on without it.\n")
            return None

    def _write(self, record: EventDict) -> None:
        if self._trail is not None:
            self._trail.write(record)

    def run(self, port: int) -> Never:
        """Serve until a signal comes."""
        bound = bound_socket()
        audit = self._audit.bind(actor="node")
        audit.info("node.started", version=VERSION, port=port)
        datagrams = UdpDatagrams(bound, port, self._clock, audit)
        runtime = ThreadRuntime(bound=bound, clock=self._clock, fail_stop=self.fail)
        self._wire(runtime, datagrams)
        runtime.run()
        audit.info("node.stopped", signal=signal.Signals(signal.sigwait(ENDS)).name)
        self._exit(0)

    def _wire(self, runtime: ThreadRuntime, datagrams: UdpDatagrams) -> None:
        """Build the actors; those of a replica whose every message is recorded, around recording seams."""
        replica = Replica(
            me=self._me,
            peers=self._peers,
            settings=self._settings,
            seed=self._seed,
            audit=self._audit,
            datagrams=datagrams,
            storage=self._storage,
            restored=self._restored,
            storage_waits=bool(self._data),
        )
        if self._trail is None or self._level != "full":
            wire(runtime, replica, started_at=now())
            return
        recorder = self._recorder = Recorder(self._trail, node=self._me, clock=now, logical_clock=self._clock)
        recorded = replace(
            replica,
            datagrams=RecordingDatagrams(datagrams, recorder),
            storage=RecordingStorage(replica.storage, recorder),
        )
        wire(RecordingRuntime(runtime, recorder), recorded, started_at=now())

    def fail(self, error: BaseException) -> None:
        """Stop the whole node: what goes on after an exception could break what was promised before it."""
        if not self._failing.acquire(blocking=False):
            return
        text = "".join(traceback.format_exception(error))
        try:
            thread = threading.current_thread().name
            handling = self._recorder.here.cause if self._recorder is not None else None
            self._audit.critical("node.failed", thread=thread, handling=handling, error=repr(error), traceback=text)
            sys.stderr.write(f"Replica {self._me} stops: {text}")
            sys.stderr.flush()
        finally:
            if self._trail is not None:
                self._trail.close(within_s=LAST_WORDS_S)
                self._trail.close_with_events_only(within_s=REASON_S)
            os._exit(1)

    def _exit(self, code: int) -> Never:
        """At once, whatever threads are doing; the trail gets its last words."""
        if self._trail is not None:
            self._trail.close(within_s=LAST_WORDS_S)
        os._exit(code)


def data_from(environment: Mapping[str, str]) -> str:
    """The directory for what outlives the process, empty for none; raises SettingsError."""
    data = environment.get(DATA)
    if data is not None and not data.strip():
        raise SettingsError(f"{DATA} is empty; name a directory, or unset it: then nothing outlives the process.")
    try:
        if data and S_ISREG((Path(data) / "raft.sqlite").stat().st_mode):
            raise SettingsError(f"{data} is one replica's own directory; {DATA} is the one above it.")
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise SettingsError(f"{data} cannot be used as {DATA}: {(error.strerror or str(error)).lower()}.") from None
    return data or ""


def identifier(text: str) -> NodeId:
    """A replica's ID from the command line; raises what argparse expects."""
    if not re.fullmatch("[0-9A-F]{4}", text) or text == NOBODY:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ID: four hexadecimal digits, letters as capitals, such as 00A1; {NOBODY} means nobody"
        )
    return NodeId(text)


def port_number(text: str) -> int:
    """A UDP port from the command line; raises what argparse expects."""
    if not (text.isascii() and text.isdigit() and len(text) <= len("65535") and 0 < int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is no UDP port: a number from 1 to 65535")
    return int(text)


def arguments(argv: list[str]) -> argparse.Namespace:
    """What the command line says; exits with one sentence when it cannot be."""
    parser = argparse.ArgumentParser(
        prog="node.py",
        description="One replica of a key-value store replicated by Raft, for a network simulator on this machine.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("port", metavar="PORT", type=port_number, help="the network's UDP port on localhost")
    parser.add_argument("me", metavar="ID", type=identifier, help="this replica, such as 0001")
    parser.add_argument(
        "peers", metavar="OTHER", type=identifier, nargs="+", help="the other replicas, such as 0002 0003"
    )
    parser.add_argument("--version", action="version", version=f"typed-raft {VERSION}")
    parsed = parser.parse_args(argv)
    if len({parsed.me, *parsed.peers}) != 1 + len(parsed.peers):
        parser.error("each replica must be named once")
    return parsed


def main(argv: list[str]) -> Never:
    """Run one replica; returns to nobody."""
    parsed = arguments(argv)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    try:
        process = Process(parsed.me, tuple(parsed.peers), settings_from(os.environ), os.environ)
    except (SettingsError, StorageError, TrailError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    process.run(parsed.port)


if __name__ == "__main__":
    main(sys.argv[1:])
