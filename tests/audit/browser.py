"""A real browser without a window: Chromium, driven by its DevTools protocol through two pipes, with no library."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import pytest

Json: TypeAlias = Mapping[str, object]

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1500,900",
    "--remote-debugging-pipe",
)
LAUNCHER: Final = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The protocol reads commands from descriptor 3 and answers on 4: put the pipes there, and become the browser."""
PATIENCE_S: Final = 30.0
"""How long anything may take on a busy machine before the test fails."""


def chromium() -> str:
    """The browser's program; skips the test where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("skipped: no chromium (on Debian: apt-get install chromium)")
    return found


@contextmanager
def browser(profile: Path) -> Iterator["Browser"]:
    """A fresh browser, whose profile is the empty directory `profile`."""
    to_child, commands = os.pipe()
    answers, from_child = os.pipe()
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            LAUNCHER,
            str(to_child),
            str(from_child),
            chromium(),
            *OPTIONS,
            f"--user-data-dir={profile}",
        ],
        pass_fds=(to_child, from_child),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_child)
    os.close(from_child)
    try:
        yield Browser(commands, answers)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        os.close(commands)
        os.close(answers)


class _Pipe:
    """Messages to the browser and from it, each ended by a zero byte."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands: Final = commands
        self._answers: Final = answers
        self._rest = b""

    def send(self, message: Json) -> None:
        remaining = json.dumps(message).encode() + b"\0"
        while remaining:
            remaining = remaining[os.write(self._commands, remaining) :]

    def receive(self) -> Json:
        """The next message; fails the test when none comes."""
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            read = os.read(self._answers, 1 << 20)
            assert read, "the browser has ended"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        decoded = json.loads(message)
        assert isinstance(decoded, dict)
        return decoded


class Browser:
    """One page of the browser; `errors` is what its console complains of, `requested` what it asked for."""

    def __init__(self, commands: int, answers: int) -> None:
        self._pipe: Final = _Pipe(commands, answers)
        self._last = 0
        self._session = ""
        self.errors: Final[list[str]] = []
        self.requested: Final[list[str]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = str(self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> Json:
        """Have one command of the protocol done, and give its result."""
        self._last += 1
        session = {"sessionId": self._session} if self._session else {}
        self._pipe.send({"id": self._last, "method": method, "params": parameters, **session})
        while True:
            message = self._pipe.receive()
            if message.get("id") == self._last:
                assert "error" not in message, f"{method}: {message['error']}"
                return _object(message["result"])
            self._note(message)

    def open(self, path: Path, *, dark: bool = False) -> None:
        """Open a page from disk, and wait until its viewer is there; fails as soon as its script complains."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        self.call("Page.navigate", url=path.as_uri())
        deadline = time.monotonic() + PATIENCE_S
        while not self.evaluate("new Promise((done) => setTimeout(() => done(Boolean(window.viewer)), 10))"):
            assert not self.errors, self.errors
            assert time.monotonic() < deadline, "the page does not get ready"

    def evaluate(self, script: str) -> object:
        """The value of an expression, or of the promise that it gives."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return _object(answer["result"]).get("value")

    def settle(self) -> None:
        """Until the frame is drawn that what was done has asked for."""
        self.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))")

    def mouse(self, kind: str, x: float, y: float, **others: object) -> None:
        """Move, press, release or turn the wheel at a place on the page."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **others)

    def move(self, x: float, y: float) -> None:
        self.mouse("mouseMoved", x, y)
        self.settle()

    def click(self, x: float, y: float) -> None:
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)
        self.settle()

    def press(self, key: str) -> None:
        """Press and let go of a key, named as `KeyboardEvent.key` names it."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        self.settle()

    def picture(self, path: Path) -> None:
        """Write what is on the screen to `path`, as PNG."""
        path.write_bytes(base64.b64decode(str(self.call("Page.captureScreenshot", format="png")["data"])))

    def _note(self, message: Json) -> None:
        parameters = _object(message.get("params", {}))
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(str(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if parameters["type"] in {"error", "warning", "assert"}:
                self.errors.append(str(parameters["args"]))
            case "Log.entryAdded" if _object(parameters["entry"])["level"] in {"error", "warning"}:
                self.errors.append(str(parameters["entry"]))
            case "Network.requestWillBeSent":
                self.requested.append(str(_object(parameters["request"])["url"]))
            case _:
                pass


def _object(value: object) -> Json:
    assert isinstance(value, dict)
    return value
