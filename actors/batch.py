"""How many entries go into one datagram."""

from messages.codec import ENTRY_BYTES_MAX, entry_bytes, entry_bytes_bound
from messages.entry import Entry


def fitting(entries: tuple[Entry, ...], bytes_max: int) -> tuple[Entry, ...]:
    """The longest run from the front that takes at most `bytes_max`; never nothing, for one always fits a datagram."""
    if sum(entry_bytes_bound(entry) for entry in entries) <= bytes_max:
        return entries
    total = 0
    for count, entry in enumerate(entries):
        total += entry_bytes(entry)
        if total > bytes_max and count > 0:
            return entries[:count]
    assert total <= max(bytes_max, ENTRY_BYTES_MAX), "a larger entry is refused before it gets into the log"
    return entries
