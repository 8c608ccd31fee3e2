"""SQLite's write-ahead log, looked at before SQLite opens it (https://www.sqlite.org/fileformat2.html#walformat).

SQLite cuts the log at the first frame whose checksum is wrong, without a word, and with all that follows. At the end
that is right: a power failure tore a transaction that nobody was told of. In the middle it would lose what was
acknowledged.

A writer begins a transaction only when the one before is durable (`synchronous=FULL`), and this one writes no frame
before it commits (`cache_spill=OFF`), so each page once. Hence, where a frame is invalid, all other frames of this
generation of the log that follow must be of one transaction: none may be behind a commit frame, no page may come twice
(each of our transactions writes the page with the state row). Frames of earlier generations, which have other salts,
are just old.

One thing that is refused is no damage: a transaction that found the disk full half way leaves frames, and a power
failure tears a shorter one that took its place. Nothing tells the two apart.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_MAGIC: Final = 0x377F0682
_VERSION: Final = 3007000
_PAGE_BYTES_MIN: Final = 512
_PAGE_BYTES_MAX: Final = 65_536
_WORD: Final = 0xFFFFFFFF

_Checksum: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What the log's first 32 bytes say; `order` is the byte order of words, as checksums take them."""

    page_bytes: int
    salts: tuple[int, int]
    checksum: _Checksum
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """One page of one transaction; `commits` in the last of them."""

    page: int
    commits: bool
    salts: tuple[int, int]
    checksum: _Checksum
    summed: bytes
    """What its checksum is over, besides all that comes before."""


def fault_in(path: Path) -> str | None:
    """What SQLite would lose without a word if it opened this log; None when nothing, or when there is no log.

    Raises OSError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            # What is there now: one that writes meanwhile may write faster than we read.
            return _fault(file, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        return None


def _fault(file: BinaryIO, size: int) -> str | None:
    start = file.read(_HEADER.size)
    header = _header(start)
    if header is None:
        # It was durable before the first frame was written.
        return "the header of the write-ahead log is not as it was written" if size > _HEADER.size else None
    frames = _frames(file, header, (size - _HEADER.size) // (_FRAME.size + header.page_bytes))
    checksum = header.checksum
    pages: set[int] = set()
    for number, frame in enumerate(frames, 1):
        if not _follows(frame, header, checksum):
            return _loss(chain([frame], frames), header, number, pages)
        checksum = frame.checksum
        pages.add(frame.page)
        if frame.commits:
            pages.clear()
    return None


def _loss(frames: Iterable[_Frame], header: _Header, number: int, pages: set[int]) -> str | None:
    """Whether frame `number`, the first of these and invalid, is of another transaction than the last.

    `pages` are those of its transaction that come before it.
    """
    fault = f"frame {number} of the write-ahead log is not as it was written, and another transaction follows"
    has_ended = False
    for frame in frames:
        if _is_of(frame, header):
            if has_ended or frame.page in pages:
                return fault
            pages.add(frame.page)
            has_ended = frame.commits
    return None


def _header(data: bytes) -> _Header | None:
    """None where SQLite takes the whole log for empty."""
    if len(data) < _HEADER.size:
        return None
    magic, version, page_bytes, _, *rest = _HEADER.unpack(data)
    order = ">" if magic & 1 else "<"
    is_known = magic & ~1 == _MAGIC and version == _VERSION
    is_page = _PAGE_BYTES_MIN <= page_bytes <= _PAGE_BYTES_MAX and page_bytes & (page_bytes - 1) == 0
    salts, checksum = (rest[0], rest[1]), (rest[2], rest[3])
    if not is_known or not is_page or _summed(data[:24], order, (0, 0)) != checksum:
        return None
    return _Header(page_bytes=page_bytes, salts=salts, checksum=checksum, order=order)


def _frames(file: BinaryIO, header: _Header, count: int) -> Iterator[_Frame]:
    """So many whole frames; SQLite ignores what is left of one at the end."""
    for _ in range(count):
        data = file.read(_FRAME.size + header.page_bytes)
        if len(data) < _FRAME.size + header.page_bytes:
            return
        page, pages_after_commit, *rest = _FRAME.unpack_from(data)
        yield _Frame(
            page=page,
            commits=pages_after_commit > 0,
            salts=(rest[0], rest[1]),
            checksum=(rest[2], rest[3]),
            summed=data[:8] + data[_FRAME.size :],
        )


def _is_of(frame: _Frame, header: _Header) -> bool:
    """Whether a frame, damaged or not, was written since the log began anew: the first salt counts how often it did."""
    return any(ours == now for ours, now in zip(frame.salts, header.salts, strict=True))


def _follows(frame: _Frame, header: _Header, before: _Checksum) -> bool:
    """Whether SQLite takes this frame for one that was written behind that of checksum `before`."""
    is_ours = frame.salts == header.salts and frame.page > 0
    return is_ours and _summed(frame.summed, header.order, before) == frame.checksum


def _summed(data: bytes, order: str, before: _Checksum) -> _Checksum:
    """SQLite's checksum over `data` and everything before it."""
    first, second = before
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
