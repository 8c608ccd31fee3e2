"""Damage for datagrams: what bad networks, bad programs and bad people make of a good message. Seeded by the caller."""

import json
from collections.abc import Callable
from random import Random
from typing import TypeAlias

Fields: TypeAlias = dict[str, object]

HUGE = (-1, 2**31, 2**53, 2**63, 2**64, 10**40, -(10**40))
WRONG: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e300,
    "",
    "FFFF",
    "ZZZZ",
    "0001\n",
    [],
    {},
    [[]],
    [None],
    {"": {}},
)


def flipped_bytes(datagram: bytes, random: Random) -> bytes:
    """A few bytes are others."""
    damaged = bytearray(datagram)
    for _ in range(random.randint(1, 4)):
        damaged[random.randrange(len(damaged))] ^= random.randint(1, 255)
    return bytes(damaged)


def truncated(datagram: bytes, random: Random) -> bytes:
    """The end is missing, perhaps all of it."""
    return datagram[: random.randrange(len(datagram))]


def inserted(datagram: bytes, random: Random) -> bytes:
    """Something stands where nothing belongs: noise, a piece of itself, half a surrogate."""
    position = random.randrange(len(datagram))
    start = random.randrange(len(datagram))
    pieces = (random.randbytes(3), datagram[start : start + 20], b"\\ud800", b"\xed\xa0\x80", b"\0", b'"')
    return datagram[:position] + random.choice(pieces) + datagram[position:]


def duplicated_key(datagram: bytes, random: Random) -> bytes:
    """One field stands twice, with other values."""
    name = random.choice(sorted(json.loads(datagram)))
    return datagram[:-1] + f',"{name}":{json.dumps(random.choice(WRONG))}}}'.encode()


def removed_field(datagram: bytes, random: Random) -> bytes:
    """One field is missing."""
    fields = json.loads(datagram)
    del fields[random.choice(sorted(fields))]
    return json.dumps(fields).encode()


def wrong_value(datagram: bytes, random: Random) -> bytes:
    """One value, somewhere, is of another type, or absurd."""
    return _with_a_value_changed(datagram, random, lambda _: random.choice((*WRONG, *HUGE)))


def swapped_values(datagram: bytes, random: Random) -> bytes:
    """Two fields have each other's values."""
    fields = json.loads(datagram)
    one, other = random.sample(sorted(fields), 2)
    fields[one], fields[other] = fields[other], fields[one]
    return json.dumps(fields).encode()


def shifted_number(datagram: bytes, random: Random) -> bytes:
    """One number is a little off: well formed, and perhaps impossible."""
    return _with_a_value_changed(
        datagram, random, lambda value: value + random.choice((-1, 1)) if isinstance(value, int) else value
    )


def nested(datagram: bytes, random: Random) -> bytes:
    """One value is buried in brackets."""
    depth = random.choice((1, 3, 50, 400))
    opened, closed = random.choice((("[", "]"), ('{"a":', "}")))
    return _with_text_for_a_value(datagram, random, opened * depth + "1" + closed * depth)


def long_number(datagram: bytes, random: Random) -> bytes:
    """One value is a number that no machine word holds."""
    digits = random.choice(("9" * 30, "1" + "0" * 1000, "1e9999", "-1e9999", "0.000000001e-400", "1e22", "01"))
    return _with_text_for_a_value(datagram, random, digits)


def only_noise(datagram: bytes, random: Random) -> bytes:
    """Nothing of the message is left."""
    return random.randbytes(random.randrange(len(datagram)))


def in_a_list(datagram: bytes, random: Random) -> bytes:
    """The message is there, but not at the top."""
    return b"[" + datagram * random.randint(1, 2) + b"]"


MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    flipped_bytes,
    truncated,
    inserted,
    duplicated_key,
    removed_field,
    wrong_value,
    swapped_values,
    shifted_number,
    nested,
    long_number,
    only_noise,
    in_a_list,
)


def _with_a_value_changed(datagram: bytes, random: Random, change: Callable[[object], object]) -> bytes:
    """Change one value of the object, or of one that lies in it, three levels down at most."""
    fields = json.loads(datagram)
    place: Fields = fields
    for _ in range(3):
        inner = [entry for value in place.values() for entry in _objects_in(value)]
        if not inner or random.random() < 0.5:
            break
        place = random.choice(inner)
    name = random.choice(sorted(place))
    place[name] = change(place[name])
    return json.dumps(fields).encode()


def _objects_in(value: object) -> list[Fields]:
    members = value if isinstance(value, list) else [value]
    return [member for member in members if isinstance(member, dict) and member]


def _with_text_for_a_value(datagram: bytes, random: Random, text: str) -> bytes:
    marker = "4815162342"
    return _with_a_value_changed(datagram, random, lambda _: marker).replace(f'"{marker}"'.encode(), text.encode())
