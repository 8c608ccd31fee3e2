"""Whoever reads the snapshot, and whatever comes meanwhile: readers see one image, and are waited for within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.storage import MemoryStorage
from messages.snapshot import Change, Record
from tests.actors.snapshots_model import PATIENCE, PEERS, AsTheyCame, Library

Step = Callable[[Library], None]


@pytest.fixture(autouse=True, scope="module")
def _impatient() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PATIENCE.items():
            patch.setattr(f"actors.snapshot_readers.{name}", value)
        patch.setattr("actors.snapshots._PAGE", 3)
        yield


def saving(entries: int, changes: list[Change]) -> Step:
    return lambda library: library.save(entries, tuple(changes))


def installing(beyond: int, records: dict[str, str]) -> Step:
    return lambda library: library.install(beyond, (("t/0000000000000001", "1"), *records.items()))


def reading(peer: int, bytes_max: int, *, anew: bool) -> Step:
    def read(library: Library) -> None:
        if library.latest == 0:
            return
        (library.begin if anew else library.go_on)(PEERS[peer], bytes_max)

    return read


def reading_on(peer: int, entries: int) -> Step:
    return lambda library: library.read_entries(PEERS[peer], entries)


_NAMES: Final = st.sampled_from([f"v/{letter}" for letter in "abcdefgh"])
_CONTENTS: Final = st.sampled_from(["", "x", "yy", "z" * 30])
_BYTES: Final = st.sampled_from([1, 30, 60, 1000])
_READER: Final = st.integers(0, len(PEERS) - 1)
_CHANGES: Final = st.lists(st.tuples(_NAMES, st.none() | _CONTENTS), max_size=6)
STEPS: Final = st.lists(
    st.one_of(
        st.builds(saving, st.integers(1, 5), _CHANGES),
        st.builds(saving, st.integers(1, 5), _CHANGES),
        st.builds(reading, _READER, _BYTES, anew=st.just(True)),
        st.builds(reading, _READER, _BYTES, anew=st.just(False)),
        st.builds(reading, _READER, _BYTES, anew=st.just(False)),
        st.builds(reading_on, _READER, st.integers(0, 6)),
        st.just(Library.save_late),
        st.builds(installing, st.integers(1, 5), st.dictionaries(_NAMES, _CONTENTS, min_size=1)),
    ),
    max_size=60,
)


@given(steps=STEPS, margin=st.sampled_from([0, 1, 4, 1000]), kind=st.sampled_from([MemoryStorage, AsTheyCame]))
@settings(max_examples=150, deadline=None)
def test_readers_see_one_image_and_the_snapshot_moves_on_within_bounds(
    steps: list[Step], margin: int, kind: type[MemoryStorage]
) -> None:
    """What was held back is taken in by steps, and the log is dropped to the margin, and never beyond the snapshot."""
    library = Library(margin, kind())
    for step in steps:
        step(library)
        library.check()


def test_a_transfer_ends_while_snapshots_come_and_go() -> None:
    """The model is not one in which nobody ever gets to the end."""
    library = Library(4, MemoryStorage())
    records: list[Record] = [(f"v/{number}", "x") for number in range(9)]
    library.save(3, tuple(records))
    for number in range(40):
        library.begin(PEERS[0], 1) if number % 10 == 0 else library.go_on(PEERS[0], 1)
        library.save(1, (("v/0", str(number)),))
        library.check()
    assert library.finished == 4
