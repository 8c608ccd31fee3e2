"""Where something was seen: a line of a trail, or a step of a run in virtual time."""

from typing import Protocol


class Place(Protocol):
    """Names a place to people, and is small as a number for the ledger."""

    @property
    def file(self) -> str:
        """The file of the trail; a run that leaves none calls its steps after itself."""

    @property
    def line(self) -> int:
        """The line in it, or the step."""

    @property
    def place(self) -> str:
        """Both, as people find them."""
