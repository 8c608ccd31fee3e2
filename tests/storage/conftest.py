"""Where tests of storage keep their files: in memory where there is such a place, for they wait for many an fsync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.storage.places import IN_MEMORY


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory(dir=IN_MEMORY) as directory:
        yield Path(directory)
