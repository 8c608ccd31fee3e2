"""Which code ran: a digest of the source of everything that decides what a replica does."""

from hashlib import sha256
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent.parent
_PACKAGES: Final = ("actors", "messages")
_DIGITS: Final = 16


def source_digest() -> str:
    """The same for the same source of actors and messages, whatever machine it lies on."""
    digest = sha256()
    for package in _PACKAGES:
        for path in sorted((_HERE / package).rglob("*.py")):
            digest.update(path.relative_to(_HERE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]
