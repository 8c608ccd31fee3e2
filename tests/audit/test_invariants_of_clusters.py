"""The rules beside whole clusters in trouble: nothing is wrong with ours, and what is put wrong is found.

The actors are the real ones, recorded as `recording` does it, under the tests' random scheduler; the records are shown
to the rules as they are made, so their order is that of causality by itself.
"""

import os
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import pytest
from structlog.typing import EventDict

from actors.consensus.core import Core
from actors.consensus.leading import Leading
from actors.consensus.quorum import Ballot
from actors.logical_clock import LogicalClock
from actors.runtime import Runtime
from actors.wiring import Replica, wire
from audit.decoding import decoded
from audit.history import History
from audit.invariants import Invariants, Rule
from audit.records import Located, Opened
from messages.address import Address
from messages.consensus import ConsensusMessage
from messages.ids import Instant, LogIndex, NodeId
from messages.wire import Outbound
from recording import Recorder, RecordingDatagrams, RecordingRuntime, RecordingStorage
from tests.actors.cluster import Node
from tests.actors.consensus.test_cluster import Story
from trail import audit_log
from trail.records import Did, Took

SEEDS: Final = range(int(os.environ.get("CLUSTER_SEEDS", "12")))
