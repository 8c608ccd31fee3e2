"""How structlog is configured: the one place that turns an event and its fields into a record of the trail."""

import logging
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias, get_args

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from trail.errors import TrailError

Level: TypeAlias = Literal["off", "events", "full"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""Nothing; the named events; these, every message that an actor takes, and all that leaves through a port."""

DEFAULT: Final[Level] = "full"

LEVEL_VARIABLE: Final = "RAFT_TRAIL_LEVEL"

_SILENT: Final = logging.CRITICAL
_EVERYTHING: Final = logging.NOTSET


def level_from(environment: Mapping[str, str]) -> Level:
    """How much is written, as `RAFT_TRAIL_LEVEL` says; raises TrailError."""
    named = environment.get(LEVEL_VARIABLE, "") or DEFAULT
    for level in LEVELS:
        if level == named:
            return level
    raise TrailError(f"{LEVEL_VARIABLE} must be one of {', '.join(LEVELS)}, and is {named[:40]!r}.")


class _Sink:
    """The end of structlog's chain, which calls it by the name of the event's level."""

    def __init__(self, write: Callable[[EventDict], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = write


def audit_log(
    write: Callable[[EventDict], None],
    *,
    node: str,
    clock: Callable[[], float],
    logical_clock: Callable[[], int],
    level: Level,
) -> FilteringBoundLogger:
    """A logger whose events go to `write`, with the node's name and what its clocks say: seconds, and the logical one.

    Actors bind their own name (`actor`). With `off`, an event costs a function call and nothing more.
    """

    def finish(_logger: WrappedLogger, method: str, event: EventDict) -> tuple[tuple[EventDict], dict[str, object]]:
        name = event.pop("event")
        stamp = {"record": "event", "at": clock(), "clock": logical_clock(), "node": node}
        return ({**stamp, "event": name, "level": method, **event},), {}

    least = _SILENT if level == "off" else _EVERYTHING
    wrapper = structlog.make_filtering_bound_logger(least)
    logger: FilteringBoundLogger = structlog.wrap_logger(_Sink(write), processors=[finish], wrapper_class=wrapper)
    return logger
