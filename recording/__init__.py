"""The seams at which a replica is recorded: between its actors, and at their ports.

A recorded replica is wired on `RecordingRuntime` around any runtime, and acts through recording ports around any ports.
Neither the actors nor the runtimes know. What is recorded is every message that an actor takes, in the order in which
it does, with what it was told by; and everything that leaves through a port, with what made it leave.
"""

from recording.ports import RecordingDatagrams, RecordingStorage
from recording.recorder import Cause, Recorder
from recording.runtime import RecordingRuntime
from recording.source import source_digest

__all__ = ["Cause", "Recorder", "RecordingDatagrams", "RecordingRuntime", "RecordingStorage", "source_digest"]
