"""The names in a configuration file, as they stand there: what decoding it into types does not show."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from typing import Final

from simulator.config import Config

_SHOWN_FIELDS: Final = 10
_SHOWN_CHARACTERS: Final = 40


class RepeatedKeyError(Exception):
    """A key stands twice in one object of the file; `key` is how messages show it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = _shown(key)


def ignored_fields(text: str) -> tuple[str, ...]:
    """The fields at the top level that no run heeds, each with the known one that it resembles, for people.

    `text` is a JSON object; raises `RepeatedKeyError` when any object in it names a key twice, and `RecursionError`
    when it is nested too deeply.
    """
    fields = json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str)
    unknown = [field for field in fields if field not in Config.__struct_fields__]
    shown = tuple(_remark(field) for field in unknown[:_SHOWN_FIELDS])
    return (*shown, f"{len(unknown) - _SHOWN_FIELDS} more fields") if len(unknown) > _SHOWN_FIELDS else shown


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its pairs, none of which may repeat a key."""
    for key, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise RepeatedKeyError(key)
    return dict(pairs)


def _remark(field: str) -> str:
    near = difflib.get_close_matches(field, Config.__struct_fields__, n=1)
    return f"`{_shown(field)}`" + (f"; did you mean `{near[0]}`?" if near else "")


def _shown(key: str) -> str:
    """The key on one line, shortened: it may be anything."""
    return repr(key[:_SHOWN_CHARACTERS])[1:-1] + ("..." if len(key) > _SHOWN_CHARACTERS else "")
