"""Promises that are given before they are durable (Raft Figure 2)."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_LOG_STORE: Final = "actors/log_store.py"

DISKS: Final = (
    Mutant(
        name="vote-not-written",
        file=_LOG_STORE,
        right="        self._storage.save_hard_state(message.term, message.voted_for)\n",
        wrong="",
        bug="Terms and votes are reported as saved, and are not.",
        shows="The first candidate asks with an empty hard state behind it.",
    ),
    Mutant(
        name="vote-sent-before-it-is-durable",
        file="actors/consensus/election.py",
        right="core.log_store.tell(Acknowledge(reply=self._reply(message.src, granted=True)))",
        wrong="core.datagrams.send(self._reply(message.src, granted=True))",
        bug="A vote is sent while it is being saved.",
        shows="A crash between the two would let the replica vote again.",
    ),
    Mutant(
        name="entries-not-written",
        file=_LOG_STORE,
        right="        self._storage.append(message.entries)\n",
        wrong="",
        bug="Entries are acknowledged, and not written.",
        shows="The first acknowledgement is of what the storage does not hold.",
    ),
    Mutant(
        name="acknowledged-before-the-sync",
        file=_LOG_STORE,
        right="""\
        self._unreported.append(message)
        if len(self._unreported) == 1 and not self._is_full:
            self._report_all()

    def _report_later""",
        wrong="""\
        self._datagrams.send(message.reply)

    def _report_later""",
        bug="An acknowledgement overtakes the sync of what it acknowledges.",
        shows="It leaves while entries, or a vote, are written and not durable.",
    ),
    Mutant(
        name="reported-before-the-sync",
        file=_LOG_STORE,
        right="        if not self._storage.needs_sync():\n            self._report_all()\n",
        wrong="        if True:\n            self._report_all()\n",
        bug="What is written counts as durable.",
        shows="A storage that needs a sync never gets one, and everything that is promised could be lost.",
    ),
    Mutant(
        name="flush-without-a-sync",
        file=_LOG_STORE,
        right="            self._storage.sync()\n",
        wrong="            pass\n",
        bug="A flush reports what waits, and does not sync.",
        shows="The same, for what was written together.",
    ),
    Mutant(
        name="truncation-off-by-one",
        file=_LOG_STORE,
        right="        self._storage.truncate(message.after)\n",
        wrong="        self._storage.truncate(LogIndex(message.after + 1))\n",
        bug="A storage keeps the first of the entries that are to go.",
        shows="What replaces them stands one place too late.",
    ),
)
