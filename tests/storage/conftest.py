"""Where tests of storage keep their files: in memory where there is such a place, for they wait for many an fsync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from storage import SqliteStorage
from tests.storage.faulty import Connected
from tests.storage.places import IN_MEMORY, opened


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory(dir=IN_MEMORY) as directory:
        yield Path(directory)


@pytest.fixture
def connected() -> Connected:
    return Connected()


@pytest.fixture
def storage(place: Path, connected: Connected) -> SqliteStorage:
    """A new one, whose connection can be made to fail."""
    return opened(place, connected)
