"""How large the files of a trail become, and how many are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trail.errors import TrailError

PART_VARIABLE: Final = "RAFT_TRAIL_PART_MB"
PARTS_VARIABLE: Final = "RAFT_TRAIL_PARTS_MAX"

BYTES_PER_MB: Final = 1_000_000
LARGEST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A part ends with the line that brings it to `part_bytes`; `parts_max` are kept, 0 for all.

    A trail of which parts were deleted can be read, but not run again. The first part is never deleted: it tells how
    everything began, and its name tells the next process of that replica that it is not the first.
    """

    part_bytes: int = 64 * BYTES_PER_MB
    parts_max: int = 0


def rotation_from(environment: Mapping[str, str]) -> Rotation:
    """What `RAFT_TRAIL_PART_MB` and `RAFT_TRAIL_PARTS_MAX` say; raises TrailError."""
    part_mb, parts_max = environment.get(PART_VARIABLE, ""), environment.get(PARTS_VARIABLE, "")
    if part_mb and not 1 <= _number(part_mb) <= LARGEST:
        raise TrailError(f"{PART_VARIABLE} must be a whole number from 1 to {LARGEST}, and is {part_mb[:40]!r}.")
    if parts_max and parts_max != "0" and not 2 <= _number(parts_max) <= LARGEST:
        allowed = f"0, which keeps all parts, or a whole number from 2 to {LARGEST}"
        raise TrailError(f"{PARTS_VARIABLE} must be {allowed}, and is {parts_max[:40]!r}.")
    default = Rotation()
    return Rotation(
        part_bytes=_number(part_mb) * BYTES_PER_MB if part_mb else default.part_bytes,
        parts_max=_number(parts_max) if parts_max else default.parts_max,
    )


def _number(text: str) -> int:
    """A decimal number of reasonable length; -1 for everything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST)) else -1
