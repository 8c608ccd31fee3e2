"""What shows a divergence, short enough to be read: the records around it, and where two texts differ."""

from audit.records import Did, Event, Located, Opened, Record, Took
from audit.trails import NodeTrail

_WIDTH_MAX = 160
_SHOWN_MAX = 400
_HEAD = 60


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


def differing(expected: str, got: str) -> tuple[str, str]:
    """Both texts; of long ones the beginning, and what stands around their first difference."""
    if len(expected) <= _SHOWN_MAX and len(got) <= _SHOWN_MAX:
        return expected, got
    pairs = enumerate(zip(expected, got, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), min(len(expected), len(got)))
    begin = max(_HEAD, same - _SHOWN_MAX // 4)
    return _from(expected, begin), _from(got, begin)


def _from(text: str, begin: int) -> str:
    before = text[:begin] if begin == _HEAD else f"{text[:_HEAD]} ... "
    after = " ..." if len(text) > begin + _SHOWN_MAX else ""
    return f"{before}{text[begin : begin + _SHOWN_MAX]}{after}"


def beginning(text: str) -> str:
    """A text, or as much of a long one."""
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]} ..."
