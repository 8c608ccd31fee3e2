"""A replica's storage in virtual time: what is written is shown, and durable at once, or when it was synced."""

from __future__ import annotations

from typing import Literal

import pytest

from messages.entry import no_op
from messages.ids import LogIndex, Term
from simulator.virtual.storage import WatchedStorage
from tests.simulator.virtual.stage import FIRST
from tests.simulator.virtual.watch_stage import Scene


def test_all_that_is_written_is_shown_and_kept() -> None:
    scene = Scene()
    storage = WatchedStorage(scene.nodes[FIRST], syncs=False)
    storage.save_hard_state(Term(1), FIRST)
    storage.append((no_op(Term(1)), no_op(Term(1))))
    storage.truncate(LogIndex(1))
    shown = scene.watch.replicas[FIRST]
    assert shown.hard_state == (1, FIRST)
    assert shown.log.last_index == storage.last_index() == 1


@pytest.mark.parametrize(("kind", "syncs"), [("memory", False), ("synced", True)])
def test_a_storage_needs_to_be_synced_once_for_what_was_written_if_it_syncs(
    kind: Literal["memory", "synced"], *, syncs: bool
) -> None:
    storage = WatchedStorage(Scene(kind).nodes[FIRST], syncs=syncs)
    storage.append((no_op(Term(1)),))
    needed = [storage.needs_sync()]
    storage.sync()
    needed.append(storage.needs_sync())
    assert needed == [syncs, False]


def test_what_was_written_is_durable_when_it_was_synced() -> None:
    scene = Scene("synced")
    storage = WatchedStorage(scene.nodes[FIRST], syncs=True)
    shown = scene.watch.replicas[FIRST]
    storage.save_hard_state(Term(1), FIRST)
    storage.append((no_op(Term(1)),))
    assert (shown.durable_state, shown.durable_index) == ((0, None), 0)
    storage.sync()
    assert (shown.durable_state, shown.durable_index) == ((1, FIRST), 1)


def test_in_memory_what_was_written_is_as_durable_as_it_will_ever_be() -> None:
    scene = Scene()
    WatchedStorage(scene.nodes[FIRST], syncs=False).append((no_op(Term(1)),))
    assert scene.watch.replicas[FIRST].durable_index == 1
