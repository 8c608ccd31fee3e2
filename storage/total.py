"""How many records there are, and one checksum over all of them, which needs no order."""

from dataclasses import dataclass
from typing import Final

_MODULUS: Final = 2**63
"""So that it fits into a column."""


@dataclass(slots=True)
class Total:
    """As it was when the records were written only if none is missing, none too many, and none an older one.

    The checksum is the sum of the squares of the records' checksums. Their plain sum would not do: CRC-32 is linear, so
    where two records change alike, it stays what it was far more often than by chance.
    """

    records: int = 0
    checksum: int = 0

    def add(self, checksum: int) -> None:
        """There is one more, of this checksum."""
        self.records += 1
        self.checksum = (self.checksum + checksum * checksum) % _MODULUS

    def remove(self, checksum: int) -> None:
        """There is one less."""
        self.records -= 1
        self.checksum = (self.checksum - checksum * checksum) % _MODULUS
