"""A forward address hands on what it is told, once it knows to whom."""

import pytest

from messages.address import Forward
from tests.actors.probes import Probe


def test_a_forward_hands_on_in_order_once_it_is_bound() -> None:
    forward: Forward[str] = Forward()
    probe: Probe[str] = Probe()
    forward.bind(probe)
    forward.tell("a")
    forward.tell("b")
    assert probe.told == ["a", "b"]


def test_nothing_may_be_told_to_a_forward_before_it_is_bound() -> None:
    with pytest.raises(AssertionError, match="told before it was bound"):
        Forward[str]().tell("a")


def test_a_forward_is_bound_once() -> None:
    forward: Forward[str] = Forward()
    forward.bind(Probe())
    with pytest.raises(AssertionError, match="bound twice"):
        forward.bind(Probe())
