"""The files of a trail: their names, and which of them are in a directory."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NUMBER: Final = r"[2-9]|[1-9][0-9]+"
_NAME: Final = re.compile(
    rf"(?P<node>[0-9A-F]{{4}})(?:\.(?P<incarnation>{_NUMBER}))?(?:\.part(?P<part>{_NUMBER}))?\.jsonl"
)


class ReadError(Exception):
    """Nothing at all can be shown; one sentence says why, and what can be done."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TrailFile:
    """One part of what one incarnation of a replica wrote; ordered as it was written."""

    node: str
    incarnation: int
    part: int

    @property
    def name(self) -> str:
        """As it stands in the directory: `0001.jsonl`, `0001.2.part3.jsonl`."""
        incarnation = f".{self.incarnation}" if self.incarnation > 1 else ""
        part = f".part{self.part}" if self.part > 1 else ""
        return f"{self.node}{incarnation}{part}.jsonl"


def trail_file(name: str) -> TrailFile | None:
    """What the name of a file says about it; None when no replica names a file so."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    incarnation, part = match["incarnation"] or "1", match["part"] or "1"
    return TrailFile(node=match["node"], incarnation=int(incarnation), part=int(part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is in a directory: the files of trails, in order, and the names of everything else."""

    files: tuple[TrailFile, ...]
    others: tuple[str, ...]


def listing(directory: Path, wanted: str = "the directory that holds all trails of the run") -> Listing:
    """Look into `directory`; raises ReadError, which asks for what is `wanted`, when it is none."""
    try:
        names = sorted(path.name for path in directory.iterdir())
    except FileNotFoundError:
        raise ReadError(f"{directory}: there is no such directory.") from None
    except NotADirectoryError:
        raise ReadError(f"{directory} is a file; name {wanted}.") from None
    except OSError as error:
        raise ReadError(f"{directory}: the directory cannot be read: {reason_of(error)}.") from None
    found = {name: trail_file(name) for name in names}
    return Listing(
        files=tuple(sorted(file for file in found.values() if file is not None)),
        others=tuple(name for name, file in found.items() if file is None),
    )


def holds_a_trail(directory: Path) -> bool:
    """Whether any file in `directory` is named like one of a trail; of one that cannot be read nobody knows."""
    try:
        return any(trail_file(path.name) for path in directory.iterdir())
    except OSError:
        return False


def reason_of(error: OSError) -> str:
    """Why the system refused, in the middle of a sentence."""
    return (error.strerror or "unknown reason").lower()
