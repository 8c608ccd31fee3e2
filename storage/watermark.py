"""How many transactions were acknowledged, kept beside the database: so that a log that lost its end is noticed."""

import contextlib
import os
import re
import zlib
from pathlib import Path
from typing import Final

from storage.layout import ACKNOWLEDGED

_LINE: Final = re.compile(rb"(?P<count>[0-9]{20}) (?P<checksum>[0-9a-f]{8})\n")
_LINE_BYTES: Final = 30


class Watermark:
    """Writes the number into its file each time, but never waits until it is durable.

    It is written when the transaction is durable. So what survives a power failure may be too low and is never too
    high: fewer transactions than it says mean that some were lost.
    """

    def __init__(self, directory: Path) -> None:
        self._descriptor: Final = os.open(directory / ACKNOWLEDGED, os.O_RDWR | os.O_CREAT, 0o644)

    def write(self, transactions: int) -> None:
        """Note that so many were acknowledged; where the disk refuses, the number before stays true."""
        count = f"{transactions:020d}".encode()
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, b"%b %08x\n" % (count, zlib.crc32(count)), 0)

    def close(self) -> None:
        """Nothing is written any more."""
        os.close(self._descriptor)


def acknowledged(directory: Path) -> int:
    """At least so many transactions were acknowledged; 0 when nobody noted it, or a power failure tore the note."""
    try:
        with (directory / ACKNOWLEDGED).open("rb") as file:
            line = _LINE.fullmatch(file.read(_LINE_BYTES))
    except FileNotFoundError:
        return 0
    if line is None or zlib.crc32(line["count"]) != int(line["checksum"], 16):
        return 0
    return int(line["count"])
