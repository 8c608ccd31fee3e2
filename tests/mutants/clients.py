"""Answers to clients that are untrue, or never come ('Who answers a client')."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_REQUESTS: Final = "actors/consensus/requests.py"

CLIENTS: Final = (
    Mutant(
        name="held-requests-dropped",
        file="actors/consensus/leading.py",
        right="self._propose_for(self._requests.take_held(), opening=(no_op(core.term),))",
        wrong="self._propose_for(self._requests.take_held()[:0], opening=(no_op(core.term),))",
        bug="Requests that waited for a leader are forgotten when there is one.",
        shows="Their clients wait for ever.",
    ),
    Mutant(
        name="redirect-before-the-fate-is-known",
        file=_REQUESTS,
        right="        while self._reads:\n            read = self._reads.pop()\n",
        wrong="""\
        writes = [write for index in sorted(self._writes) for write in self._writes.pop(index)]
        for write in writes:
            self._redirect(write.request)
        while self._reads:
            read = self._reads.pop()
""",
        bug="A leader that steps down redirects the writes in its log.",
        shows="The next leader commits them, and the client's second try as well (scenario 36).",
    ),
    Mutant(
        name="never-redirected",
        file="actors/consensus/actor.py",
        right="            self._requests.redirect_held()\n",
        wrong="            pass\n",
        bug="A follower holds requests, and never says where to go with them.",
        shows="Their clients wait for ever.",
    ),
    Mutant(
        name="ok-when-appended",
        file=_REQUESTS,
        right="        self._writes.setdefault(index, []).append(_Write(term=term, request=request))\n",
        wrong="        self._confirm(request, index)\n",
        bug="A write is answered when the leader has it, not when it is committed.",
        shows="The leader dies, and what was answered is lost.",
    ),
    Mutant(
        name="ok-for-whatever-is-committed-there",
        file=_REQUESTS,
        right="return entry.term == self.term and write is not None and",
        wrong="return write is not request or",
        bug="A write is answered `ok` when anything is committed at its index.",
        shows="Another leader has committed something else there (scenario 35).",
    ),
    Mutant(
        name="redirected-writes-are-kept",
        file=_REQUESTS,
        right="            writes = self._writes.pop(at)\n",
        wrong="            writes = tuple(self._writes[at])\n",
        bug="A write that was redirected, because a newer term had overtaken it, is not forgotten.",
        shows="It is answered again when something commits at its index.",
    ),
    Mutant(
        name="overtaken-writes-are-kept",
        file=_REQUESTS,
        right="            self._redirect_overtaken(LogIndex(first + len(entries) - 1), entries[-1].term)\n",
        wrong="",
        bug="A write whose index is beyond what a newer term has committed is waited for.",
        shows="Nobody writes any more, and its client never learns that it is lost.",
    ),
    Mutant(
        name="answered-requests-stay-open",
        file=_REQUESTS,
        right="        self._open.remove((request.src, request.MID))\n",
        wrong="        pass\n",
        bug="Requests that were answered count as open.",
        shows="A replica that has served as many as it may hold open refuses everything from then on.",
    ),
    Mutant(
        name="bound-is-off",
        file=_REQUESTS,
        right="elif len(self._open) >= self._core.settings.requests_open_max:",
        wrong="elif len(self._held) >= self._core.settings.requests_open_max // 4:",
        bug="A quarter of the requests that may be open is refused while there is no leader.",
        shows="Clients are answered `fail` although the replica has room.",
    ),
)
