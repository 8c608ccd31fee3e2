"""More bugs of answers: writes whose fate is told wrongly, and reads that miss what was committed (Raft §8)."""

from typing import Final

from tests.mutants.mutant import Mutant

_LEADING: Final = "actors/consensus/leading.py"
_REQUESTS: Final = "actors/consensus/requests.py"

ANSWERING: Final = (
    Mutant(
        name="answered-now-and-later",
        file=_REQUESTS,
        right="        while self._reads:\n            read = self._reads.pop()\n",
        wrong="""\
        core = self._core
        for write in [write for writes in self._writes.values() for write in writes]:
            to, mid = write.request.src, write.request.MID
            core.datagrams.send(Redirect(src=core.me, dst=to, leader=core.leader_or_nobody, MID=mid))
        while self._reads:
            read = self._reads.pop()
""",
        bug="A leader that steps down sends those who wait elsewhere, and answers when their fate is known, too.",
        shows="A leader steps down with writes in its log, and their clients hear two answers.",
    ),
    Mutant(
        name="loser-of-an-index-not-answered",
        file=_REQUESTS,
        right="""\
            self._confirm(write.request, index)
        else:
            self._redirect(write.request)
""",
        wrong="""\
            self._confirm(write.request, index)
""",
        bug="A write in whose place another one is committed is forgotten.",
        shows="A leader is cut off with a write, another one commits at its index, and the client waits for ever.",
    ),
    Mutant(
        name="own-writes-given-up-as-overtaken",
        file=_REQUESTS,
        right="""\
any(w.term < term for w in writes)]
        for at in sorted(overtaken):
            writes = self._writes.pop(at)
            for write in writes:
                if write.term < term:
""",
        wrong="""\
any(w.term <= term for w in writes)]
        for at in sorted(overtaken):
            writes = self._writes.pop(at)
            for write in writes:
                if write.term <= term:
""",
        bug="The first commit of a term gives up what lies behind it, also when it is of the same term.",
        shows="Writes follow the no-op of a new leader in a hurry, are redirected, and then committed.",
    ),
    Mutant(
        name="held-requests-proposed-twice",
        file=_LEADING,
        right="self._propose_for(self._requests.take_held(), opening=(no_op(core.term),))",
        wrong="""\
held = tuple(held.request for held in self._requests._held)
        self._propose_for(held, opening=(no_op(core.term),))""",
        bug="What a new leader serves at its election stays among what waits for a leader.",
        shows="A put has waited for the election, and gets into the log twice.",
    ),
    Mutant(
        name="lease-allows-for-one-wrong-clock",
        file="actors/settings.py",
        right="return self.election_timeout_min_ms * (1 - error) / (1 + error)",
        wrong="return self.election_timeout_min_ms * (1 - error)",
        bug="A lease allows for the leader's clock, and supposes that the followers' are right (thesis §6.4.1).",
        shows="A leader with a slow clock is cut off from followers with fast ones, and reads what is outdated.",
    ),
    Mutant(
        name="lease-as-long-as-the-longest-timeout",
        file=_LEADING,
        right="lease_s=self._core.settings.lease_ms / 1000",
        wrong="lease_s=self._core.settings.election_timeout_max_ms / 1000",
        bug="A lease lasts for the longest election timeout, not for the least (thesis §6.4.1).",
        shows="A leader is cut off, another one is elected early, and the first still reads.",
    ),
    Mutant(
        name="read-joins-an-earlier-round",
        file=_LEADING,
        right="confirmed_at = core.now if self._lease.holds(core.now) else self._lease.confirmed_at(core.now)",
        wrong="""\
confirmed_at = self._lease.confirmed_at(core.now)
        is_answered = self._confirming_since is not None and confirmed_at >= self._confirming_since
        if is_answered or self._lease.holds(core.now):
            confirmed_at = core.now""",
        bug="A round of heartbeats serves also the reads that came after it had begun (Raft §8, thesis §6.4).",
        shows="The round's answers are late, another leader commits meanwhile, and a read that came last misses it.",
    ),
    Mutant(
        name="follower-serves-reads",
        file=_REQUESTS,
        right="            self._redirect(self._held.popleft().request)\n",
        wrong="""\
            request = self._held.popleft().request
            if isinstance(request, Get):
                self._close(request)
                self._state_machine.tell(Read(requests=(request,), leader=self._core.leader_or_nobody))
            else:
                self._redirect(request)
""",
        bug="A follower that hears its leader answers reads from its own map (Raft §8).",
        shows="A put was answered by the leader, and a follower that has not heard of the commit is read from.",
    ),
    Mutant(
        name="reads-redirected-and-served",
        file=_REQUESTS,
        right="""\
        while self._reads:
            read = self._reads.pop()
            self._held.appendleft""",
        wrong="""\
        for read in reversed(self._reads):
            self._held.appendleft""",
        bug="A leader that steps down has its reads redirected, and keeps them among those to be served.",
        shows="It is elected again, and answers what was answered, which stops it.",
    ),
)
