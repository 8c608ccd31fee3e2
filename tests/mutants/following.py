"""More bugs of followers: what they keep of their logs, and what they commit (Raft §5.3)."""

from typing import Final

from tests.mutants.mutant import Mutant

_FOLLOWING: Final = "actors/consensus/following.py"

FOLLOWING: Final = (
    Mutant(
        name="suffix-behind-the-message-truncated",
        file=_FOLLOWING,
        right="        if not message.quiet:\n",
        wrong="""\
        if log.commit_index <= validated < log.last_index:
            log.truncate(validated)
            self._core.log_store.tell(Truncate(after=validated))
        if not message.quiet:
""",
        bug="A follower makes its log end where the leader's message ends, heartbeats included (Raft §5.3).",
        shows="A heartbeat overtakes entries, or comes twice, and what was acknowledged before is gone.",
    ),
    Mutant(
        name="conflicting-suffix-kept",
        file=_FOLLOWING,
        right="            if not terms.has(index, entry.term):\n",
        wrong="            if index > terms.last_index:\n",
        bug="A follower appends what is longer than its log, and keeps entries that conflict (Raft §5.3).",
        shows="A leader that was cut off comes back with writes of its own, keeps them, and acknowledges the others.",
    ),
    Mutant(
        name="stored-counts-as-committed",
        file=_FOLLOWING,
        right="return min(message.commit_index, validated)",
        wrong="return validated",
        bug="A follower applies entries as soon as it has them, before they are committed (Raft §5.3).",
        shows="A leader reaches one follower of four and dies, and the next one replaces what that one has applied.",
    ),
    Mutant(
        name="heartbeat-commits-nothing",
        file=_FOLLOWING,
        right="return min(message.commit_index, validated)",
        wrong="return min(message.commit_index, validated) if message.entries else None",
        bug="A heartbeat is only a sign of life, and its commit index is not looked at (Raft §5.3).",
        shows="Nobody asks for anything any more, and the followers never apply the last entries.",
    ),
)
