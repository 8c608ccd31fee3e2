"""Of a damaged write-ahead log, the replica gets back whole transactions, all but possibly the last one, or refuses."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from actors.ports import Storage
from messages.ids import Term
from storage.layout import ACKNOWLEDGED, WAL
from storage.wal import fault_in
from tests.actors.samples import ME, OTHER, index, put, puts
from tests.storage.contract import Kept, Model
from tests.storage.places import IN_MEMORY, blanked, copied, flipped, found_in, opened

HEADER_BYTES: Final = 32
FRAME_HEADER_BYTES: Final = 24
FRAME_BYTES: Final = FRAME_HEADER_BYTES + 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A replica's directory when its process ended, and what was durable behind each transaction."""

    replica: Path
    durable: tuple[Kept, ...]
    transactions: tuple[tuple[int, ...], ...]
    """The frames of those that are in the write-ahead log, counted from 0."""
    sizes: tuple[int, ...]

    @property
    def frames(self) -> int:
        return self.transactions[-1][-1] + 1

    def copied(self, to: Path, *, acknowledged: bool) -> Path:
        """The write-ahead log in a copy of the directory; with the first note, when no later one had become durable."""
        replica = copied(self.replica, to)
        if not acknowledged:
            (replica / ACKNOWLEDGED).write_bytes(note(0))
        return replica / WAL

    def keeps(self, found: Kept | None, *, lost: int) -> bool:
        """Whether it is refused, or all is there but at most so many transactions at the end."""
        return found is None or found in self.durable[-1 - lost :]


def lived(directory: Path, *, begun_anew: bool) -> Life:
    """Transactions of all kinds; `begun_anew`: and before them, others, whose frames are still behind them."""
    storage, model = opened(directory), Model()
    wal = directory / ME / WAL
    if begun_anew:
        for each in (storage, model):
            each.append((put(1, "large", value="v" * 60_000),))
            each.sync()
        left = copied(directory / ME, directory / "left")
        storage.close()
        (directory / ME / WAL).write_bytes((left / WAL).read_bytes())
        storage = opened(directory)  # copies the pages; the next commit begins the log anew
    durable, transactions, sizes = [], [], []
    frame = 0
    for number in range(8):
        for each in (storage, model):
            each.save_hard_state(Term(number + 1), OTHER)
            if number in {2, 5}:
                each.truncate(index(each.last_index() - 2))
            if number not in {1, 6, 7}:
                each.append(puts(number + 1, 3))
            if number == 3:
                each.append((put(number + 1, "large", value="v" * 10_000),))
            snapshot(number, each)
            each.sync()
        end = end_of(wal)
        durable.append(model.restart())
        transactions.append(tuple(range(frame, end)))
        sizes.append(end)
        frame = end
    copy = copied(directory / ME, directory / "copy")
    storage.close()
    return Life(replica=copy, durable=tuple(durable), transactions=tuple(transactions), sizes=tuple(sizes))


def snapshot(number: int, storage: Storage) -> None:
    """Taken, changed with entries that are dropped, changed without, taken over, and changed."""
    last = storage.last_index()
    match number:
        case 1:
            storage.save_snapshot(index(last - 2), (("v/a", "1"), ("v/b", "v" * 5000)), index(1))
        case 3:
            storage.save_snapshot(index(last - 2), (("v/a", "2"), ("v/b", None), ("v/c", "3")), index(last - 3))
        case 4:
            storage.save_snapshot(index(last - 3), (("v/a", "3"),), storage.first_index())
        case 5:
            storage.install_snapshot(index(last + 10), Term(number + 1), (("v/d", "4"), ("v/e", "v" * 9000)))
        case 6:
            storage.append(puts(number + 1, 2))
            storage.save_snapshot(index(last + 1), (("v/d", "5"),), index(last + 1))
        case _:
            pass


def end_of(wal: Path) -> int:
    """How many frames have the salts of the header."""
    data = wal.read_bytes()
    starts = range(HEADER_BYTES, len(data), FRAME_BYTES)
    return sum(data[start + 8 : start + 16] == data[16:24] for start in starts)


@pytest.fixture(scope="module", params=[False, True], ids=["first", "begun anew"])
def life(request: pytest.FixtureRequest) -> Iterator[Life]:
    with TemporaryDirectory(dir=IN_MEMORY) as directory:
        yield lived(Path(directory), begun_anew=request.param)


def start_of(frame: int) -> int:
    return HEADER_BYTES + frame * FRAME_BYTES


def bytes_to_flip(life: Life) -> Iterator[int]:
    """All of the headers of some frames, and some bytes of all pages."""
    yield from range(HEADER_BYTES)
    dice = Random(3)
    for frame in range(life.frames):
        step = 1 if frame % 5 == 0 else 5
        yield from range(start_of(frame), start_of(frame) + FRAME_HEADER_BYTES, step)
        yield from (start_of(frame) + FRAME_HEADER_BYTES + dice.randrange(4096) for _ in range(3))


def test_a_log_that_is_whole_is_restored_whole(life: Life, place: Path) -> None:
    assert fault_in(life.copied(place, acknowledged=True)) is None
    assert found_in(place) == life.durable[-1]


def test_the_transactions_are_of_several_kinds(life: Life) -> None:
    """Or the tests below would show little."""
    sizes = [len(frames) for frames in life.transactions]
    assert min(sizes) == 1
    assert max(sizes) > 2


@pytest.mark.parametrize("acknowledged", [False, True])
def test_any_byte_may_change(life: Life, place: Path, *, acknowledged: bool) -> None:
    """What was noted of the acknowledged makes even the last one known to be missing."""
    last = life.transactions[-1]
    for offset in bytes_to_flip(life):
        wal = life.copied(place, acknowledged=acknowledged)
        flipped(wal, offset)
        changed = wal.read_bytes()
        found = found_in(place)
        assert found is not None or wal.read_bytes() == changed, "what is refused is left as it is"
        assert life.keeps(found, lost=0 if acknowledged else 1), f"byte {offset}"
        assert offset >= start_of(last[0]) or found is None, f"byte {offset} is not in the last transaction"


def test_any_bit_of_what_says_how_frames_belong_together_may_change(life: Life, place: Path) -> None:
    wal = life.copied(place, acknowledged=False)
    for frame in range(life.frames - len(life.transactions[-1])):
        for bit in range(frame % 7, 8 * FRAME_HEADER_BYTES, 7):
            flipped(wal, start_of(frame) + bit // 8, 1 << bit % 8)
            assert fault_in(wal) is not None, f"bit {bit} of frame {frame}"
            flipped(wal, start_of(frame) + bit // 8, 1 << bit % 8)


def test_a_log_that_lost_its_end_is_refused(life: Life, place: Path) -> None:
    """By what was noted: in the log itself, nothing shows it."""
    for size in (0, 1, 31, 32, *range(33, start_of(life.frames), 1999), start_of(life.frames) - 1):
        wal = life.copied(place, acknowledged=True)
        wal.write_bytes(wal.read_bytes()[:size])
        assert found_in(place) is None, f"{size} bytes"
    life.copied(place, acknowledged=True).unlink()
    assert found_in(place) is None


def test_a_log_whose_last_transaction_was_cut_off_is_restored_without_it(life: Life, place: Path) -> None:
    last = life.transactions[-1]
    for size in range(start_of(last[0]), start_of(last[-1] + 1), 211):
        wal = life.copied(place, acknowledged=False)
        wal.write_bytes(wal.read_bytes()[:size])
        assert found_in(place) == life.durable[-2], f"{size} bytes"


def test_what_a_power_failure_leaves_of_a_transaction_is_no_reason_to_refuse(life: Life, place: Path) -> None:
    """Of each transaction, while it is the last, any sectors may be missing: zero, or what was there before."""
    dice = Random(11)
    for number in range(1, len(life.transactions)):
        frames = life.transactions[number]
        for _ in range(12):
            wal = life.copied(place, acknowledged=False)
            end = start_of(frames[-1] + 1)
            whole = wal.read_bytes()
            wal.write_bytes(whole[:end])
            sectors = range(start_of(frames[0]) // 512 + 1, end // 512)
            blanked(wal, [(each * 512, each * 512 + 512) for each in sectors if dice.random() < 0.5])
            found = found_in(place)
            assert found in {None, *life.durable[number - 1 : number + 1]}
            assert found is not None, f"transaction {number}"


@pytest.mark.parametrize("acknowledged", [1, 2])
def test_a_note_that_is_behind_is_of_use_as_well(life: Life, place: Path, acknowledged: int) -> None:
    """What is lost before what it says is noticed, what is lost behind it is not."""
    wal = life.copied(place, acknowledged=True)
    behind = opened_note(life, acknowledged)
    for number, size in enumerate(life.sizes, 1):
        wal = life.copied(place, acknowledged=True)
        (place / ME / ACKNOWLEDGED).write_bytes(behind)
        wal.write_bytes(wal.read_bytes()[: start_of(size)])
        found = found_in(place)
        is_noticed = number < len(life.sizes) - acknowledged
        assert found == (None if is_noticed else life.durable[number - 1])


def opened_note(life: Life, behind: int) -> bytes:
    """As it was so many transactions before the last."""
    return note(int((life.replica / ACKNOWLEDGED).read_bytes()[:20]) - behind)


def note(count: int) -> bytes:
    """That so many transactions were acknowledged."""
    text = f"{count:020d}".encode()
    return b"%b %08x\n" % (text, zlib.crc32(text))


def test_no_log_is_no_fault(place: Path) -> None:
    assert fault_in(place / WAL) is None
