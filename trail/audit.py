"""How structlog is configured: the one place that turns an event and its fields into a record of the trail."""

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias, get_args

import structlog
from structlog.typing import Context, EventDict, FilteringBoundLogger

from trail.errors import TrailError

Level: TypeAlias = Literal["off", "events", "full"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""Nothing; the named events; these, every message that an actor takes, and all that leaves through a port."""

DEFAULT: Final[Level] = "full"

LEVEL_VARIABLE: Final = "RAFT_TRAIL_LEVEL"


def level_from(environment: Mapping[str, str]) -> Level:
    """How much is written, as `RAFT_TRAIL_LEVEL` says; raises TrailError."""
    named = environment.get(LEVEL_VARIABLE, "") or DEFAULT
    for level in LEVELS:
        if level == named:
            return level
    raise TrailError(f"{LEVEL_VARIABLE} must be one of {', '.join(LEVELS)}, and is {named[:40]!r}.")


class _Sink:
    """The end of structlog's chain: makes the record of an event."""

    def __init__(
        self,
        write: Callable[[EventDict], None],
        *,
        node: str,
        clock: Callable[[], float],
        logical_clock: Callable[[], int],
    ) -> None:
        self._write: Final = write
        self._node: Final = node
        self._clock: Final = clock
        self._logical_clock: Final = logical_clock

    def put(self, event: str, level: str, context: Context, fields: EventDict) -> None:
        """Stamp an event, and hand it on."""
        record = {
            "record": "event",
            "at": self._clock(),
            "clock": self._logical_clock(),
            "node": self._node,
            "event": event,
            "level": level,
            **context,
            **fields,
        }
        self._write(record)


class _Logger(structlog.BoundLoggerBase):
    """A bound logger with nothing between an event and its record: under load, there is one for each request.

    structlog's own chain of processors costs twice as much (`docs/performance.md`).
    """

    _logger: _Sink

    def debug(self, event: str, **fields: object) -> None:
        self._logger.put(event, "debug", self._context, fields)

    def info(self, event: str, **fields: object) -> None:
        self._logger.put(event, "info", self._context, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._logger.put(event, "warning", self._context, fields)

    def error(self, event: str, **fields: object) -> None:
        self._logger.put(event, "error", self._context, fields)

    def critical(self, event: str, **fields: object) -> None:
        self._logger.put(event, "critical", self._context, fields)


class _Silence(structlog.BoundLoggerBase):
    """A bound logger of which nothing is heard."""

    def debug(self, event: str, **fields: object) -> None:
        """Say nothing."""

    info = warning = error = critical = debug


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
    sink = _Sink(write, node=node, clock=clock, logical_clock=logical_clock)
    wrapper = _Silence if level == "off" else _Logger
    logger: FilteringBoundLogger = structlog.wrap_logger(sink, processors=[], wrapper_class=wrapper)
    return logger
