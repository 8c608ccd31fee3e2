"""The clock of a node goes on while its machine sleeps."""

from __future__ import annotations

import sys
import time

import pytest

from actors.clock import now


@pytest.mark.skipif(sys.platform != "linux", reason="its clocks are told apart here")
def test_the_time_that_the_machine_slept_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that ended meanwhile has ended (thesis §6.4.1)."""
    slept_s = {time.CLOCK_MONOTONIC: 0.0, time.CLOCK_BOOTTIME: 3600.0}
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    monkeypatch.setattr("time.clock_gettime", slept_s.__getitem__)
    assert now() == 3600.0
