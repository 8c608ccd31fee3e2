"""The house rules hold in all of the source, and each rule notices when it is broken."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

import pytest

from tests import layout
from tests.layout import ROOT, Source

SOURCES = layout.sources()
PRODUCT = tuple(source for source in SOURCES if source.package != "tests")
MESSAGES = tuple(source for source in SOURCES if source.package == "messages")
ACTORS = tuple(source for source in SOURCES if source.package == "actors")

Rule = Callable[[Source], list[str]]


def complaints(rule: Rule, sources: tuple[Source, ...]) -> list[str]:
    assert sources, "a rule that reads nothing holds for nothing"
    return [complaint for source in sources for complaint in rule(source)]


def actor(text: str) -> Source:
    return Source(path="actors/bad.py", text=text)


def touched(text: str) -> list[str]:
    return [what for what, _ in layout.touches_of_the_world(actor(text))]


def handler(body: str) -> Source:
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    return actor(f"class Clerk:\n    def on_receive(self, message: Note) -> None:\n{indented}\n")


def test_imports_point_one_way() -> None:
    assert complaints(layout.imports_against_the_direction, SOURCES) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("messages/bad.py", "from actors.runtime import now"),
        ("actors/bad.py", "import simulator.run"),
        ("actors/bad.py", "from node import main"),
        ("actors/bad.py", "def late():\n    from trail import Trail"),
        ("node.py", "from simulator import run"),
        ("simulator/bad.py", "from node import main"),
        ("benchmarks/bad.py", "from tests.actors import probes"),
        ("elsewhere/bad.py", "import messages"),
    ],
)
def test_an_import_against_the_direction_is_noticed(path: str, text: str) -> None:
    assert len(layout.imports_against_the_direction(Source(path=path, text=text))) == 1


def test_imports_along_the_direction_are_no_complaint() -> None:
    text = "import ast\nfrom messages.wire import Put\nfrom actors import ports\nfrom . import sibling"
    assert layout.imports_against_the_direction(actor(text)) == []


def test_every_package_says_what_it_may_import() -> None:
    assert {source.package for source in SOURCES} == set(layout.MAY_IMPORT)


def test_every_module_and_package_of_the_product_says_why_it_exists() -> None:
    assert complaints(layout.modules_without_docstring, PRODUCT) == []


def test_a_module_without_docstring_is_noticed() -> None:
    assert layout.modules_without_docstring(actor("# why\nimport ast\n")) == ["actors/bad.py: has no docstring"]


def test_no_file_of_the_product_is_too_long_to_be_read_at_once() -> None:
    assert complaints(layout.files_too_long, PRODUCT) == []


def test_a_file_that_is_too_long_is_noticed() -> None:
    assert layout.files_too_long(actor("x = 1\n" * 400)) == []
    assert layout.files_too_long(actor("x = 1\n" * 401)) == ["actors/bad.py: 401 lines, more than 400"]


def test_actors_depend_on_nothing_but_their_messages_and_ports() -> None:
    assert [
        complaint
        for source in ACTORS
        for what, complaint in layout.touches_of_the_world(source)
        if what not in layout.PORTS.get(source.path, ())
    ] == []


def test_the_exceptions_for_runtime_and_ports_are_all_needed() -> None:
    needed = {
        source.path: frozenset(what for what, _ in layout.touches_of_the_world(source))
        for source in ACTORS
        if source.path in layout.PORTS
    }
    assert needed == layout.PORTS


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import time", "time"),
        ("from time import monotonic as clock", "time"),
        ("from datetime import datetime", "datetime"),
        ("import os.path", "os"),
        ("import random", "random"),
        ("from random import Random, uniform", "random"),
        ("generator = Random()", "Random"),
        ("answer = peer.ask(Note())", "ask"),
        ("log = peer.proxy()", "proxy"),
        ("value = future.get()", "get"),
        ("from pykka import ActorRegistry", "ActorRegistry"),
        ("pykka.ActorRegistry.stop_all()", "ActorRegistry"),
    ],
)
def test_an_actor_that_touches_the_world_is_noticed(text: str, what: str) -> None:
    assert touched(text) == [what]


def test_a_seeded_generator_and_a_lookup_touch_nothing() -> None:
    assert touched("from random import Random\ngenerator = Random(1)\nvalue = values.get(key, '')") == []


def test_messages_are_frozen_slotted_and_keyword_only() -> None:
    assert complaints(layout.messages_that_are_not_plain_data, MESSAGES) == []
    assert any("@dataclass" in source.text for source in MESSAGES)


@pytest.mark.parametrize(
    ("decorator", "missing"),
    [
        ("@dataclass", "frozen, kw_only, slots"),
        ("@dataclasses.dataclass(frozen=True)", "kw_only, slots"),
        ("@dataclass(frozen=True, slots=False, kw_only=True)", "slots"),
    ],
)
def test_a_message_that_is_not_plain_data_is_noticed(decorator: str, missing: str) -> None:
    source = Source(path="messages/bad.py", text=f"{decorator}\nclass Note:\n    text: str\n")
    assert layout.messages_that_are_not_plain_data(source) == [f"messages/bad.py:2: Note lacks {missing}"]


def test_every_actor_receives_by_one_exhaustive_match() -> None:
    assert complaints(layout.handlers_that_do_more_than_match, ACTORS) == []
    assert sum(len(layout.handlers(source)) for source in ACTORS) >= 6


@pytest.mark.parametrize(
    "body",
    [
        "self._note(message)",
        "match message:\n    case Note():\n        self._note(message)",
        "match message:\n    case Note():\n        self._note(message)\n    case _:\n        pass",
        "self._count += 1\nmatch message:\n    case _:\n        assert_never(message)",
        "match message.text:\n    case _:\n        assert_never(message)",
        "match message:\n    case _:\n        assert_never(message)\nself._count += 1",
    ],
)
def test_a_handler_that_is_not_one_exhaustive_match_is_noticed(body: str) -> None:
    assert len(layout.handlers_that_do_more_than_match(handler(body))) == 1


def test_one_exhaustive_match_after_a_docstring_is_no_complaint() -> None:
    body = '"""Note."""\nmatch message:\n    case Note():\n        pass\n    case _:\n        assert_never(message)'
    assert layout.handlers_that_do_more_than_match(handler(body)) == []


def test_the_version_is_the_same_wherever_it_stands() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    node = re.search(r'^VERSION = "(.*)"$', (ROOT / "node.py").read_text("utf-8"), re.MULTILINE)
    change = re.search(r"^## \[(\d.*?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert node is not None
    assert change is not None
    assert node[1] == change[1] == project


def test_the_lock_pins_exact_versions_and_names_no_place_to_get_them_from() -> None:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    named = [line for line in lines if line and line[0] not in " #"]
    assert named
    assert [line for line in named if not re.match(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; | \\)", line)] == []
    assert [line for line in lines if "://" in line or "index" in line or "find-links" in line] == []
