"""Snapshots that lack something, come too early, or mix with something else (Raft §7)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_KEY_VALUES: Final = "actors/key_values.py"
_SNAPSHOTS: Final = "actors/snapshots.py"
_STORAGE: Final = "actors/storage.py"

SNAPSHOTS: Final = (
    Mutant(
        name="snapshot-without-the-writes",
        file=_KEY_VALUES,
        right="*values, *self._new_writes(), *self._forgotten_writes()",
        wrong="*values",
        bug="Which writes were applied is left out of the snapshot.",
        shows="Whoever begins with it would apply a repeated write again.",
    ),
    Mutant(
        name="snapshot-without-the-terms",
        file=_KEY_VALUES,
        right="changes = (*self._changed_terms, *values,",
        wrong="changes = (*values,",
        bug="The terms of the entries that a snapshot includes are left out of it.",
        shows="Whoever begins with it cannot tell where its log agrees with a leader's.",
    ),
    Mutant(
        name="snapshot-of-new-keys-only",
        file=_KEY_VALUES,
        right="        self._values[key] = value\n        self._changed_keys[key] = None\n",
        wrong="""\
        if key not in self._values:
            self._changed_keys[key] = None
        self._values[key] = value
""",
        bug="A key that is written again keeps its old value in the snapshot.",
        shows="Any key that is written twice, with a snapshot between.",
    ),
    Mutant(
        name="snapshot-ends-later-than-it-says",
        file="actors/state_machine.py",
        right="SaveSnapshot(last_included_index=state.last_applied, changes=changes)",
        wrong="SaveSnapshot(last_included_index=LogIndex(max(state.last_applied - 1, 1)), changes=changes)",
        bug="A snapshot is named by the entry before its last one.",
        shows="What it says is not what the log up to there says; the last entry is applied twice.",
    ),
    Mutant(
        name="repeated-write-takes-effect",
        file=_KEY_VALUES,
        right="        if (client, mid) in self._remembered:\n            return False\n",
        wrong="",
        bug="A write that stands in the log twice is applied twice (Raft §8).",
        shows="A client asks again, and somebody else has written the key meanwhile.",
    ),
    Mutant(
        name="writes-of-a-snapshot-not-remembered",
        file=_KEY_VALUES,
        right="            if write[0] + REMEMBERED > self.last_applied:\n",
        wrong="            if write[0] > self.last_applied:\n",
        bug="Whoever begins with a snapshot does not know which writes were applied.",
        shows="A write is repeated behind a restart, or behind an installed snapshot.",
    ),
    Mutant(
        name="held-back-changes-lost",
        file=_SNAPSHOTS,
        right="            self._held_back.pop()\n            changes = both\n",
        wrong="            self._held_back.pop()\n",
        bug="Of the changes that were held back while a peer read the snapshot, only the last ones get into it.",
        shows="A follower takes several parts, and the leader applies entries meanwhile.",
    ),
    Mutant(
        name="later-changes-come-first",
        file=_SNAPSHOTS,
        right="        self._save(self._held_back.popleft())\n",
        wrong="        self._save(self._held_back.pop())\n",
        bug="Of the snapshots that were held back, the later ones are taken in before the earlier ones.",
        shows="Much is written while a follower takes a snapshot.",
    ),
    Mutant(
        name="overtaken-snapshot-taken",
        file=_SNAPSHOTS,
        right="        if index <= self._storage.snapshot_index():\n            return\n",
        wrong="",
        bug="A snapshot of the state machine's is saved although a leader's has overtaken it.",
        shows="It was under way to the log store when the leader's was installed.",
    ),
    Mutant(
        name="log-is-never-cut",
        file=_SNAPSHOTS,
        right="first = max(storage.first_index(), self._readers.kept_from(LogIndex(index + 1 - self._margin)))",
        wrong="first = storage.first_index()",
        bug="Snapshots are taken, and no entry is ever dropped.",
        shows="Every log, in the end.",
    ),
    Mutant(
        name="log-is-cut-too-far",
        file=_SNAPSHOTS,
        right="first = max(storage.first_index(), self._readers.kept_from(LogIndex(index + 1 - self._margin)))",
        wrong="first = LogIndex(storage.last_index() + 1)",
        bug="Entries that no snapshot includes are dropped.",
        shows="Entries wait behind those that were applied.",
    ),
    Mutant(
        name="snapshot-of-another-term",
        file=_SNAPSHOTS,
        right="        term = self._storage.term_at(index)\n",
        wrong="        term = self._storage.term_at(self._storage.last_index())\n",
        bug="A snapshot is sent with the term of the log's last entry.",
        shows="The leader has changed since the snapshot's last entry was written.",
    ),
    Mutant(
        name="last-part-is-not-the-last",
        file=_SNAPSHOTS,
        right="            if len(page) < _PAGE:\n                return tuple(records), True\n",
        wrong="            if len(page) < _PAGE:\n                return tuple(records), False\n",
        bug="No part of a snapshot is marked as the last one.",
        shows="The follower waits for the rest for ever.",
    ),
    Mutant(
        name="dropped-entries-shift-the-log",
        file=_STORAGE,
        right="        del self._entries[: first - self._first]\n",
        wrong="",
        bug="Entries count as dropped, and are read in the place of those behind them.",
        shows="A follower lags, and gets entries behind a snapshot from the leader's log.",
    ),
    Mutant(
        name="open-transfer-survives-a-new-term",
        file="actors/snapshot_sender.py",
        right="        self._term = term\n        self._end()\n",
        wrong="        self._term = term\n",
        bug="A transfer of an earlier term goes on in a later one.",
        shows="A leader is deposed in the middle of a transfer, and elected again.",
    ),
)

TRANSFERS: Final = (
    Mutant(
        name="pause-never-ends",
        file="actors/snapshot_sender.py",
        right="self.goes_on_at is not None and now >= self.goes_on_at:",
        wrong="self.goes_on_at is not None and self._is_reading:",
        bug="After the pause behind a part of a snapshot, the next one is not read.",
        shows="A follower takes a snapshot of two parts.",
    ),
    Mutant(
        name="silent-peer-never-gets-the-rest",
        file="actors/snapshot_sender.py",
        right="        if transfer is not None and transfer.is_waiting and not self._is_reading:\n",
        wrong="        if transfer is not None and transfer.is_waiting and self._is_reading:\n",
        bug="A peer that was silent for long in the middle of a snapshot never gets the rest of it.",
        shows="It is cut off for some seconds while it takes a snapshot.",
    ),
    Mutant(
        name="transfer-never-ends",
        file="actors/snapshot_sender.py",
        right="match_index >= self._transfer.last_included:",
        wrong="match_index > self._transfer.last_included:",
        bug="A transfer is over only when the peer has more than the snapshot.",
        shows="It has installed it, and gets no entries.",
    ),
    Mutant(
        name="next-part-begins-too-late",
        file="actors/snapshot_sender.py",
        right="self._read_next(transfer, transfer.end, transfer.chunk.records[-1][0], now)",
        wrong="self._read_next(transfer, transfer.end + 1, transfer.chunk.records[-1][0], now)",
        bug="A record between two parts of a snapshot is left out.",
        shows="Every snapshot that takes several parts.",
    ),
    Mutant(
        name="matching-suffix-dropped-by-a-snapshot",
        file="actors/consensus/installing.py",
        right="        if log.terms.has(index, message.last_included_term):\n",
        wrong="        if index <= log.commit_index and log.terms.has(index, message.last_included_term):\n",
        bug="A snapshot takes the place of a log that has all that it includes, and more (Raft §7).",
        shows="Entries that were acknowledged are gone, and may have been committed by that.",
    ),
    Mutant(
        name="missing-part-not-asked-for",
        file="actors/consensus/installing.py",
        right="""\
            self._give_up()
            self._reply(message, 0)
""",
        wrong="            self._give_up()\n",
        bug="A part that cannot follow what is there is dropped without a word, so its sender does not begin anew.",
        shows="A follower is restarted, or hears of another leader, in the middle of a transfer.",
    ),
    Mutant(
        name="snapshot-acknowledged-before-it-is-durable",
        file="actors/log_store.py",
        right="            if message.chunk.done:\n                self._report_later(message)\n",
        wrong="            if message.chunk.done:\n                pass\n",
        bug="A snapshot is acknowledged when it is written, and not durable.",
        shows="The leader counts entries that a crash takes away.",
    ),
    Mutant(
        name="state-machine-not-told-of-a-snapshot",
        file="actors/consensus/installing.py",
        right="""\
        core.log_store.tell(StoreChunk(chunk=chunk))
        self._state_machine.tell(TakeChunk(chunk=chunk))
""",
        wrong="        core.log_store.tell(StoreChunk(chunk=chunk))\n",
        bug="A snapshot takes the place of the log, and not of the map.",
        shows="The next entry is applied to an older map.",
    ),
    Mutant(
        name="open-writes-forgotten-by-a-snapshot",
        file="actors/consensus/actor.py",
        right="            self._requests.installed(committed)\n",
        wrong="            pass\n",
        bug="Clients whose writes are included in a snapshot hear nothing more.",
        shows="A leader is deposed with open writes, and comes back by a snapshot.",
    ),
    Mutant(
        name="included-writes-all-answered-ok",
        file="actors/consensus/requests.py",
        right="is_committed=write.term == terms.term_at(index)",
        wrong="is_committed=True",
        bug="Every open write at an index that a snapshot includes is answered ok.",
        shows="A deposed leader's entries were replaced by another's before the snapshot.",
    ),
    Mutant(
        name="snapshot-not-given-back",
        file="actors/consensus/installing.py",
        right="""\
        self._restored.extend(terms_in(chunk.records))
        self._state_machine.tell(TakeChunk(chunk=chunk))
""",
        wrong="        self._restored.extend(terms_in(chunk.records))\n",
        bug="Behind a restart, the map begins empty.",
        shows="A replica is restarted whose log does not begin at 1.",
    ),
    Mutant(
        name="kept-entries-restored-twice",
        file="actors/consensus/log.py",
        right="        self.append(entries[known:])\n",
        wrong="        self.append(entries)\n",
        bug="Entries that the snapshot includes, and the log still has, are put behind it again.",
        shows="A replica with a margin of older entries is restarted.",
    ),
)
