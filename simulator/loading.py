"""Reading configuration files, and saying in one sentence what is wrong with a bad one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import msgspec

from simulator.config import Clocks, Config
from simulator.events import CORRUPTIONS, EVENT_TYPES, DiskRow, SlowActor, UnseatWay
from simulator.fields import RepeatedKeyError, ignored_fields
from simulator.limits import problems

FILE_BYTES_MAX: Final = 1_000_000
_KINDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_SHAPE: Final = re.compile(r"Expected `(?P<wanted>[^`]+)`(?P<size> of length \d+)?(, got `(?P<got>[^`]+)`)?")
_PATH: Final = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING: Final = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<field>[^`]+)`")
_VALUE: Final = re.compile(r"Invalid (enum )?value (?P<value>.+)")
_ANY_VARIABLE: Final = "`$.environment[...]`"
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "direction": ("send_only", "receive_only"),
    "clocks": get_args(Clocks),
    "storage": ("memory", "synced"),
    "way": get_args(UnseatWay),
    "actor": get_args(SlowActor),
    "row": get_args(DiskRow),
}
"""What a field may say that is one of a few words."""


class ConfigError(Exception):
    """A configuration cannot be used; the text says in one sentence what, where, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a file says, and which of its fields say nothing to this simulator."""

    config: Config
    ignored: tuple[str, ...] = ()
    """Unknown fields at the top level, each with the known one that it resembles, for people."""


def load(path: Path) -> Loaded:
    """Read a configuration file, or raise `ConfigError`."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise ConfigError(f"{path}: the file has {size} bytes; a configuration has at most {FILE_BYTES_MAX}.")
        text = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise ConfigError(f"{path}: the file cannot be read: {reason}.") from None
    return parse(text, str(path))


def parse(text: bytes, name: str) -> Loaded:
    """Decode and check a configuration; `name` is what error messages call it."""
    try:
        config = msgspec.json.decode(text.decode(), type=Config)
        ignored = ignored_fields(text.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: byte {error.start} is not UTF-8; a configuration is JSON in UTF-8.") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {_sentence(_with_variable(str(error), text))}") from None
    except msgspec.DecodeError as error:
        reason = str(error).removeprefix("JSON is malformed: ")
        raise ConfigError(f"{name}: the file is not JSON: {_lowered(reason)}.") from None
    except RepeatedKeyError as error:
        raise ConfigError(f"{name}: `{error.key}` is there twice; an object may name each field once.") from None
    except RecursionError:
        raise ConfigError(f"{name}: the file is nested too deeply for a configuration.") from None
    for problem in problems(config):
        raise ConfigError(f"{name}: {problem}")
    return Loaded(config=config, ignored=ignored)


def _with_variable(error: str, text: bytes) -> str:
    """The decoder's words, and instead of any variable of `environment` the first that is no string."""
    if not error.endswith(_ANY_VARIABLE):
        return error
    try:
        said = msgspec.json.decode(text, type=dict[str, object])["environment"]
    except msgspec.DecodeError:  # behind what was found, the file is no JSON
        return error
    variables = said.items() if isinstance(said, dict) else ()
    name = next((key for key, value in variables if not isinstance(value, str)), "...")
    return error.removesuffix(_ANY_VARIABLE) + f"`$.environment.{name}`"


def _sentence(error: str) -> str:
    """Say in plain words what the decoder found."""
    place = _PATH.search(error)
    path = place["path"] if place else ""
    subject = f"`{path}`" if path else "the configuration"
    if missing := _MISSING.match(error):
        return f"`{_joined(path, missing['field'])}` is missing."
    if unknown := _UNKNOWN.match(error):
        where = "parameter of this event" if "events[" in path else f"field of `{path}`"
        return f"`{_joined(path, unknown['field'])}` is no {where}."
    if shape := _SHAPE.match(error):
        return f"{subject} must be {_wanted(shape)}{_got(shape)}."
    if value := _VALUE.match(error[: place.start()] if place else error):
        return f"{subject} is {value['value']}{_allowed(path)}."
    return f"{subject}: {_lowered(error[: place.start()] if place else error)}."


def _wanted(shape: re.Match[str]) -> str:
    wanted = " or ".join(_KINDS.get(kind, kind) for kind in shape["wanted"].split(" | "))
    return wanted + (shape["size"] or "")


def _got(shape: re.Match[str]) -> str:
    return f", not {_KINDS.get(shape['got'], shape['got'])}" if shape["got"] else ""


def _allowed(path: str) -> str:
    if path.endswith(".type"):
        return f", which is no type of event; there are {', '.join(EVENT_TYPES)}"
    field = path.rpartition(".")[2]
    words = _WORDS.get(field)
    return f"; it must be {_either(words)}" if words else f"; each of `kinds` must be {_either(CORRUPTIONS)}"


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _joined(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
