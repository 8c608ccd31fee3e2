"""What arrives is what was sent: each sealed datagram that a replica took, beside its sender's record of sending it.

A replica run again shows that it sent the right message, not that the right bytes left it; those stand only where they
arrived. And what others heard of a replica behind the end of its trail shows that this end is not its own.
"""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import msgspec

from audit.invariants import Rule, Violation
from audit.invariants.violations import Violations
from audit.merge import running_clocks
from audit.records import Did, Event, Located, Took
from audit.times import Times
from audit.trails import NodeTrail
from messages.codec import Rejection, decode, stamp_of

LAST_WORDS_MAX_S: Final = 1.0
"""What a replica sent just before it was killed may be missing in its trail, and be on its way for a while."""

UNREAD_MAX_S: Final = 0.5
"""What a replica takes had arrived there no longer before, unless it wrote nothing all the while: it stood still."""

SHOWN_MAX: Final = 60
"""So many characters of a field are shown."""

_BEGINNING: Final = re.compile(r'\{"clock":(\d{1,16}),"crc":"[0-9a-f]{8}",(?="src":"([^"\\]*)")')
_NEVER: Final = (-math.inf, -math.inf)
_AROUND: Final = frozenset({"clock", "crc"})


class _Datagrams(msgspec.Struct, gc=False):
    payloads: tuple[str | dict[str, str], ...]


class _Sealed(msgspec.Struct, gc=False):
    clock: int
    src: str


_datagrams: Final = msgspec.json.Decoder(_Datagrams).decode
_sealed: Final = msgspec.json.Decoder(_Sealed).decode
_object: Final = msgspec.json.Decoder(dict[str, object]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unlike:
    """A datagram that is not, byte for byte, what any record says was sent; in seconds since the run began.

    It was sent after `since_s`, if it was not held up on its way, and taken at `taken_s`.
    """

    src: str
    clock: int
    payload: bytes
    here: Located
    since_s: float
    taken_s: float


class _Incarnation:
    """What one incarnation of a replica shows of what it sent."""

    def __init__(self, trail: NodeTrail, times: Times) -> None:
        records = [located.record for located in trail.records]
        self.name: Final = trail.name
        self.number: Final = trail.incarnation
        self.begins_s: Final = times.since_start(records[0])
        self.ends_s: Final = times.since_start(records[-1])
        self.clock: Final = running_clocks(trail)[-1]
        """How far its logical clock had come at its trail's end."""
        self.is_full: Final = trail.level == "full"
        lost = any(isinstance(record, Event) and record.event == "trail.unwritable" for record in records)
        self.is_whole: Final = self.is_full and trail.is_complete_from_start and not trail.has_gaps and not lost


class Arrivals:
    """Watches the network of a cluster through its records; `conclude` judges, once nothing more comes."""

    def __init__(self, trails: Sequence[NodeTrail], times: Times) -> None:
        self._times: Final = times
        self._incarnations: Final[defaultdict[str, list[_Incarnation]]] = defaultdict(list)
        for trail in trails:
            self._incarnations[trail.node].append(_Incarnation(trail, times))
        self._sent: Final[dict[tuple[str, int], list[Located]]] = {}
        self._unlike: Final[list[_Unlike]] = []
        self._awake: Final[dict[str, tuple[float, float]]] = {}
        """By file: two moments at which its replica wrote, `UNREAD_MAX_S` apart or more, the later one first."""
        self._violations: Final = Violations()
        self._heard_until_s: Final[dict[str, float]] = {}

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was found; at most a few."""
        return tuple(self._violations.kept)

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The replicas whose trails end too soon."""
        return tuple(
            f"the end of the trail of {name} is missing: others heard of it until {until_s:.3f} s"
            for name, until_s in sorted(self._heard_until_s.items())
        )

    def ended(self, located: Located, /) -> None:
        """Nothing more is known of the replica that wrote `located`; what it sent may arrive later all the same."""

    def observe(self, located: Located, /) -> None:
        """Take the next record."""
        record = located.record
        if isinstance(record, Did):
            if record.port == "datagrams":
                self._sent.setdefault((record.node, record.clock), []).append(located)
        elif isinstance(record, Took) and record.type == "Datagrams":
            with suppress(msgspec.MsgspecError):  # no message of ours; running it again says so
                self._arrived(located, record)
        last, _ = self._awake.get(located.file, _NEVER)
        if record.at >= last + UNREAD_MAX_S:
            self._awake[located.file] = record.at, last

    # --- what arrives ------------------------------------------------------------------------------------------

    def _arrived(self, located: Located, took: Took) -> None:
        for payload in _datagrams(took.message).payloads:
            if isinstance(payload, str) and not self._is_as_sent(payload):
                self._note(located, payload.encode())

    def _is_as_sent(self, payload: str) -> bool:
        """The usual case: what was written down is what arrives, with its seal before it."""
        found = _BEGINNING.match(payload)
        if found is None:
            return False
        sent = self._sent.get((found[2], int(found[1])), ())
        body = payload[found.end() :].encode()
        return any(bytes(_value(each))[1:] == body for each in sent)

    def _note(self, located: Located, payload: bytes) -> None:
        """What came damaged is dropped by the receiver, and clients seal nothing."""
        if not stamp_of(payload):
            return
        seal = _sealed(payload)
        if seal.src in self._incarnations:
            at = located.record.at
            last, before = self._awake.get(located.file, (at, at))
            since = last if at >= last + UNREAD_MAX_S else before
            taken_s = self._times.since_start(located.record)
            unlike = _Unlike(
                src=seal.src,
                clock=seal.clock,
                payload=payload,
                here=located,
                since_s=taken_s - (at - since),
                taken_s=taken_s,
            )
            self._unlike.append(unlike)

    # --- judgement ---------------------------------------------------------------------------------------------

    def conclude(self) -> None:
        """Judge what did not arrive as it was sent: nothing more comes."""
        for unlike in self._unlike:
            said = _said(unlike.payload)
            sent = self._sent.get((unlike.src, unlike.clock), ())
            if not any(_is_alike(bytes(_value(each)), unlike.payload) for each in sent):
                self._judge(unlike, said, sent)

    def _judge(self, unlike: _Unlike, said: dict[str, object], sent: Sequence[Located]) -> None:
        incarnations = self._incarnations[unlike.src]
        alive = max(
            (each for each in incarnations if each.begins_s <= unlike.taken_s),
            key=lambda each: each.begins_s,
            default=incarnations[0],
        )
        if unlike.since_s > alive.ends_s + LAST_WORDS_MAX_S:
            if alive.is_full:
                heard_s = max(unlike.taken_s, self._heard_until_s.get(alive.name, 0.0))
                self._heard_until_s[alive.name] = heard_s
        elif self._shows(incarnations, unlike, sent):
            self._report(unlike, said, sent)

    def _shows(self, incarnations: Sequence[_Incarnation], unlike: _Unlike, sent: Sequence[Located]) -> bool:
        """Whether the trails of the sender are known to hold this sending, if it was one."""
        if len(incarnations) == len(sent) == 1:
            return True
        all_there = max(each.number for each in incarnations) == len(incarnations)
        return all_there and all(each.is_whole and unlike.clock <= each.clock for each in incarnations)

    def _report(self, unlike: _Unlike, said: dict[str, object], sent: Sequence[Located]) -> None:
        to, what = unlike.here.record.node, f"{said.get('type')} with clock {unlike.clock}"
        if not sent:
            sentence = f"{to} received the {what} in the name of {unlike.src}, which never sent it"
        else:
            changes = _changes(_said(bytes(_value(sent[0]))), said)
            sentence = f"{to} received the {what} of {unlike.src} otherwise than it was sent: {changes}; "
            sentence += f"its seal fits, so it left {unlike.src} so"
        self._violations.report(Rule.ARRIVES_AS_SENT, sentence, *sent[:1], unlike.here)


def _value(located: Located) -> msgspec.Raw:
    assert isinstance(located.record, Did), "only what was sent is kept"
    return located.record.value


def _is_alike(sent: bytes, received: bytes) -> bool:
    """Whether both say the same, or are understood alike: of a field that nobody knows nothing is believed."""
    if _said(sent) == _said(received):
        return True
    understood = decode(received)
    return not isinstance(understood, Rejection) and understood == decode(sent)


def _said(datagram: bytes) -> dict[str, object]:
    """What a datagram says, without what seals it; empty when it cannot be read."""
    try:
        return {name: value for name, value in _object(datagram).items() if name not in _AROUND}
    except msgspec.MsgspecError:
        return {}


def _changes(sent: dict[str, object], received: dict[str, object]) -> str:
    """The fields that differ, as JSON, each in a few words."""
    names = [name for name in {**sent, **received} if sent.get(name, _NEVER) != received.get(name, _NEVER)]
    return ", ".join(f"{name} {_shown(sent, name)} became {_shown(received, name)}" for name in names)


def _shown(message: dict[str, object], name: str) -> str:
    if name not in message:
        return "(none)"
    text = msgspec.json.encode(message[name]).decode()
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."
