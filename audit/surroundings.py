"""The records around one, as they stand in its file, short enough to be read."""

from audit.records import Did, Event, Located, Opened, Record, Took
from audit.trails import NodeTrail

_WIDTH_MAX = 160


def surroundings(trail: NodeTrail, around: Located, count: int) -> list[str]:
    """`around`, marked, with up to `count` records before and behind it."""
    place = next(index for index, located in enumerate(trail.records) if located.position == around.position)
    shown = trail.records[max(0, place - count) : place + count + 1]
    return [f"{'>' if located is trail.records[place] else ' '} {located.place}  {line(located)}" for located in shown]


def line(located: Located) -> str:
    """One record in one line, cut where it is too long."""
    text = _text(located.record)
    return text if len(text) <= _WIDTH_MAX else f"{text[: _WIDTH_MAX - 3]}..."


def _text(record: Record) -> str:
    match record:
        case Took():
            by = "from outside" if record.by is None else f"by {record.by[0]} {record.by[1]}"
            return f"{record.actor} {record.n} took {record.type} ({by}) {bytes(record.message).decode()}"
        case Did():
            return f"{record.actor} {record.n} did {record.port}.{record.call} {bytes(record.value).decode()}"
        case Event():
            fields = " ".join(f"{name}={value}" for name, value in record.fields.items())
            return f"{record.actor} {record.event} {fields}"
        case Opened():
            return f"opened, part {record.part}"
