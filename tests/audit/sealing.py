"""Changing what stands in the files of a trail, with and without making its checksums right again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from zlib import crc32

_CHECKSUM_BYTES: Final = len(b',"crc":"01234567"}')


def lines(path: Path) -> list[bytes]:
    """The lines of a file, without their ends."""
    return path.read_bytes().split(b"\n")[:-1]


def write(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines as they are."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def write_sealed(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines with new checksums, as one who forges a trail would."""
    checksum = 0
    sealed = []
    for line in lines:
        body = line[:-_CHECKSUM_BYTES]
        checksum = crc32(body, checksum)
        sealed.append(b'%b,"crc":"%08x"}' % (body, checksum))
    write(path, sealed)


def unsealed(body: str) -> bytes:
    """A line of one's own, to be sealed: its JSON without the closing brace."""
    return body.encode() + b',"crc":"00000000"}'


def contents(line: bytes) -> range:
    """Where the message or the value stands in a line, if it holds one."""
    for field in (b'"message":', b'"value":'):
        if field in line:
            return range(line.index(field) + len(field), len(line) - _CHECKSUM_BYTES)
    return range(0)


def replaced(line: bytes, place: int, byte: int) -> bytes:
    """The line with another byte at `place`."""
    return line[:place] + bytes([byte]) + line[place + 1 :]
