"""The clients of the contract: what they ask, and what they make of the answers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from linearizability import Operation
from simulator.client import AnswerError, Answers, Client, datagram
from simulator.cluster import Cluster
from simulator.ids import NOBODY, NodeId
from simulator.repeats import Repeats
from simulator.requests import Attempt, Kind, Outcome, Request, Sending, is_permitted
from simulator.wire import Answer

_STORM: Final = 100
"""So many redirects of one request are told to people."""
_TOLD_MAX: Final = 5
"""How many duplicates, and how many storms, are told one by one."""


class Clients:
    """All clients of a run, and every request that they made.

    `send` hands a datagram to a replica, `note` tells people what happened at which time; `rng` decides who asks what,
    and whom when nobody is known to lead; `repeats`, what is sent twice.
    """

    def __init__(
        self,
        names: tuple[NodeId, ...],
        cluster: Cluster,
        rng: random.Random,
        send: Callable[[NodeId, bytes], None],
        note: Callable[[float, str], None],
        repeats: Repeats,
        *,
        value_size: int = 32,
        shared_keys: int = 0,
    ) -> None:
        self._clients = {name: Client(name) for name in names}
        self._cluster = cluster
        self._rng = rng
        self._send = send
        self._note = note
        self._repeats = repeats
        self._value_size = value_size
        self._shared = tuple(f"shared{number:026d}" for number in range(shared_keys))
        self._attempts: dict[str, Attempt] = {}
        self.requests: list[Request] = []
        self.unasked = 0
        """So many of them were wanted while no replica lived to be asked: they were never sent, and never will be."""
        self.waiting_at: Counter[NodeId] = Counter()
        """What is not answered, by the replica that was asked; what was sent to a process that is gone is forgotten."""
        self.repeated_at: Counter[NodeId] = Counter()
        """How often a replica was sent something that had been sent before, to it or another."""
        self._forgotten: Counter[NodeId] = Counter()
        """Up to which process of a replica attempts are forgotten."""
        self.answers = Answers()

    @property
    def sent(self) -> int:
        """How many requests were sent to anybody."""
        return len(self.requests) - self.unasked

    @property
    def in_flight(self) -> int:
        """How many requests wait for an answer that can still come."""
        return sum(count for name, count in self.waiting_at.items() if self._cluster.is_living(name))

    def open_max_at(self, name: NodeId) -> int:
        """How many requests a replica may have to answer, if all that was repeated comes when it has answered."""
        return self.waiting_at[name] + self.repeated_at[name]

    @property
    def has_repeats_due(self) -> bool:
        """Whether anything is still to be sent a second time."""
        return self._repeats.due > 0

    def knows(self, name: str) -> bool:
        """Whether `name` is a client."""
        return name in self._clients

    @property
    def can_ask(self) -> bool:
        """Whether there is a replica to send a request to."""
        return bool(self._cluster.living())

    def ask(self, now: float, kind: Kind, whom: NodeId | None = None) -> None:
        """Let a random client send a new request, to whom it believes to lead, or to `whom`.

        A get becomes a put when no client has a key to read yet.
        """
        everybody = tuple(self._clients.values())
        able = [client for client in everybody if kind == "put" or self._shared or client.keys]
        if not able:
            self.answers.ungenerated_gets += 1
            kind = "put"
        client = self._rng.choice(able or everybody)
        request = Request(
            client=client.name,
            kind=kind,
            key=self._key(client, kind),
            value=self._text(self._value_size) if kind == "put" else "",
            asked_at=now,
        )
        self.requests.append(request)
        self._attempt(
            now, client, request, whom if whom is not None and self._cluster.is_living(whom) else client.leader
        )

    def answer(self, now: float, sender: NodeId, to: NodeId, answer: Answer) -> Attempt | None:
        """Take an answer; return the attempt when it was answered `ok` by it, or raise `AnswerError`."""
        attempt = self._attempts.get(answer.mid)
        if attempt is None or attempt.request.client != to:
            raise AnswerError(f"answers MID {answer.mid!r}, which client {to} never sent")
        sending = attempt.answered_by(sender, self._cluster.replicas[sender].incarnation)
        if sending is None and attempt.outcome is Outcome.OK:
            self._count_duplicate(now, sender, attempt)
            return None
        if sending is None:
            raise AnswerError(f"answers MID {answer.mid} again, after a {attempt.outcome.name.lower()} answer")
        if answer.type == "ok" and attempt.request.kind == "get" and answer.value is None:
            raise AnswerError(f"answers the get {answer.mid} with ok and no value")
        self._no_longer_waits(sending)
        if attempt.outcome is not Outcome.WAITING:
            return self._take_second(now, self._clients[to], attempt, answer)
        return self._take(now, sender, self._clients[to], attempt, answer)

    def _no_longer_waits(self, sending: Sending) -> None:
        sending.is_answered = True
        if sending.is_owed and sending.incarnation > self._forgotten[sending.replica]:
            self.waiting_at[sending.replica] -= 1

    def attempt(self, mid: str) -> Attempt | None:
        """The attempt with this MID, if there was one."""
        return self._attempts.get(mid)

    def attempts(self) -> Iterable[Attempt]:
        """All of them, in the order in which they were sent."""
        return self._attempts.values()

    def forget_waiting(self, name: NodeId) -> None:
        """Whoever waits for an answer of `name` waits for ever: the process that was asked is gone."""
        self.waiting_at[name] = 0
        self._forgotten[name] = self._cluster.replicas[name].incarnation

    def forget_leader(self, name: NodeId | None = None) -> None:
        """Make every client that believes `name` to lead, or every client, forget who leads."""
        for client in self._clients.values():
            if name is None or client.leader == name:
                client.leader = None

    def history(self) -> Iterator[Operation]:
        """Everything that clients did and saw, for the check of linearizability."""
        for attempt in self._attempts.values():
            operation = attempt.operation()
            if operation is not None:
                yield operation

    def _count_duplicate(self, now: float, sender: NodeId, attempt: Attempt) -> None:
        self.answers.duplicates += 1
        if self.answers.duplicates <= _TOLD_MAX:
            ago_ms = (now - (attempt.answered_at or now)) * 1000
            self._note(now, f"duplicate: {sender} answers MID {attempt.mid} again, {ago_ms:.1f} ms after its ok")

    def _count_redirect(self, now: float, request: Request) -> None:
        request.redirects += 1
        if request.redirects == _STORM:
            self.answers.storms += 1
            if self.answers.storms <= _TOLD_MAX:
                mids = f"MID {request.attempts[0].mid} to {request.attempts[-1].mid}"
                self._note(now, f"a {request.kind} of client {request.client} was redirected {_STORM} times ({mids})")

    def _take(self, now: float, sender: NodeId, client: Client, attempt: Attempt, answer: Answer) -> Attempt | None:
        self.answers.by_type[answer.type] += 1
        self.answers.latencies_s.append(now - attempt.sent_at)
        attempt.answered_at = now
        self._learn_leader(client, sender, answer.leader)
        if answer.type == "ok":
            self._succeed(now, client, attempt, answer.value or "")
            return attempt
        attempt.outcome = Outcome.REDIRECTED if answer.type == "redirect" else Outcome.FAILED
        if attempt.outcome is Outcome.REDIRECTED:
            attempt.redirects += 1
            self._count_redirect(now, attempt.request)
        self._attempt(now, client, attempt.request, NodeId(answer.leader))
        return None

    def _take_second(self, now: float, client: Client, attempt: Attempt, answer: Answer) -> Attempt | None:
        """Of what was sent twice, both may be answered: it is done if one says so, and read as it is at either time.

        Whoever was turned away the first time has asked somebody else since, and goes on with that.
        """
        if answer.type != "ok":
            attempt.redirects += answer.type == "redirect"
            return None
        if attempt.outcome is Outcome.OK:
            self._judge_read(now, client, attempt, answer.value or "")
            return None
        attempt.answered_at = now
        self._succeed(now, client, attempt, answer.value or "")
        return attempt

    def _succeed(self, now: float, client: Client, attempt: Attempt, value: str) -> None:
        request = attempt.request
        attempt.outcome = Outcome.OK
        if request.answered_at is None:
            request.answered_at = now
        if request.kind == "get":
            attempt.value = value
            self._judge_read(now, client, attempt, value)
        elif not self._shared and request.key not in client.keys:
            client.keys.append(request.key)

    def _judge_read(self, now: float, client: Client, read: Attempt, value: str) -> None:
        key = read.request.key
        if read.request.kind == "put" or self._shared:
            return
        if not is_permitted(read, value, now, client.writes[key]):
            shown = f"{value[:32]!r}" if value else "nothing"
            raise AnswerError(f"answers the get {read.mid} with {shown}, not what its client last wrote to {key}")

    def _attempt(self, now: float, client: Client, request: Request, wanted: NodeId | None) -> None:
        """Send a request to `wanted` if it lives, else to a random living replica; to nobody when none lives."""
        living = self._cluster.living()
        if not living:
            self.unasked += not request.attempts
            return
        replica = wanted if wanted in living and wanted is not None else self._rng.choice(living)
        mid = f"{request.client}-{len(self._attempts):06d}"
        sending = self._sending(now, replica)
        attempt = Attempt(mid=mid, request=request, sendings=[sending])
        self._attempts[mid] = attempt
        request.attempts.append(attempt)
        self.waiting_at[replica] += 1
        if request.kind == "put" and not self._shared:
            client.writes.setdefault(request.key, []).append(attempt)
        self._send(replica, datagram(client, attempt, replica))
        self._repeats.plan(now, attempt, self._repeat)

    def _sending(self, now: float, replica: NodeId) -> Sending:
        return Sending(replica=replica, sent_at=now, incarnation=self._cluster.replicas[replica].incarnation)

    def _repeat(self, now: float, attempt: Attempt) -> None:
        """Send the same again: to the same replica, to the one that is believed to lead by now, or to any."""
        living, client = self._cluster.living(), self._clients[attempt.request.client]
        if not living:
            return
        wanted = self._repeats.one_of((attempt.replica, client.leader))
        replica = wanted if wanted in living and wanted is not None else self._repeats.one_of(living)
        sending = self._sending(now, replica)
        first = attempt.sendings[0]
        is_there = (first.replica, first.incarnation) == (replica, sending.incarnation) and not first.is_answered
        sending.is_owed = not is_there
        attempt.sendings.append(sending)
        self.waiting_at[replica] += sending.is_owed
        self.repeated_at[replica] += 1
        self._send(replica, datagram(client, attempt, replica))

    def _learn_leader(self, client: Client, sender: NodeId, claimed: str) -> None:
        if claimed == NOBODY:
            if client.leader == sender:
                client.leader = None
        elif self._cluster.is_living(claimed):
            client.leader = NodeId(claimed)

    def _key(self, client: Client, kind: Kind) -> str:
        if self._shared:
            return self._rng.choice(self._shared)
        if kind == "put" and (not client.keys or self._rng.random() < 0.5):
            return self._text(32)
        return self._rng.choice(client.keys)

    def _text(self, characters: int) -> str:
        return self._rng.randbytes((characters + 1) // 2).hex()[:characters]
