"""Bugs of restarts and of failing disks: what a process promised and the next one does not keep (Raft Figure 2)."""

from typing import Final

from tests.mutants.mutant import Mutant

_ACTOR: Final = "actors/consensus/actor.py"
_CORE: Final = "actors/consensus/core.py"
_LOG: Final = "actors/consensus/log.py"
_STORE: Final = "actors/log_store.py"
_WIRING: Final = "actors/wiring.py"

_RESTORED: Final = "self.term, self.voted_for = self._durable = (message.term, message.voted_for)"

RESTARTS: Final = (
    Mutant(
        name="vote-forgotten-by-a-restart",
        file=_CORE,
        right=_RESTORED,
        wrong="self.term, self.voted_for = self._durable = (message.term, None)",
        bug="A process that starts again knows the term, and not whom it has voted for in it.",
        shows="A voter is restarted between two candidates of one term, and votes for both.",
    ),
    Mutant(
        name="term-forgotten-by-a-restart",
        file=_CORE,
        right=_RESTORED,
        wrong="self.voted_for = message.voted_for",
        bug="A process that starts again is in term 0.",
        shows="A replica is restarted, and enters terms that it was in before.",
    ),
    Mutant(
        name="log-forgotten-by-a-restart",
        file=_CORE,
        right="self.log.restore(message.first, message.entries)",
        wrong="pass",
        bug="A process that starts again begins with an empty log.",
        shows="Followers are restarted, and what they had acknowledged is gone.",
    ),
    Mutant(
        name="only-the-last-part-is-restored",
        file=_LOG,
        right="""\
        self.append(entries[known:])
        self.durable_index = self.last_index
""",
        wrong="""\
        self.truncate(self.commit_index)
        self.append(entries[max(self.commit_index + 1 - first, 0) :])
        self.durable_index = self.last_index
""",
        bug="What a disk gives back in several parts begins anew with each of them.",
        shows="A replica with a long log is restarted.",
    ),
    Mutant(
        name="restored-entries-taken-as-committed",
        file=_LOG,
        right="        self.durable_index = self.last_index\n\n",
        wrong="        self.durable_index = self.commit_index = self.last_index\n        self._uncommitted.clear()\n\n",
        bug="A process that starts again takes all of its log as committed.",
        shows="A replica is restarted with entries that another leader replaces.",
    ),
    Mutant(
        name="restored-leader-believed",
        file=_CORE,
        right="        self.log.restore(message.first, message.entries)\n",
        wrong="        self.log.restore(message.first, message.entries)\n        self.leader = message.voted_for\n",
        bug="A process that starts again believes that whoever it voted for leads.",
        shows="A replica is restarted, and refuses the leader of its term.",
    ),
    Mutant(
        name="start-told-before-what-was-stored",
        file=_WIRING,
        right="""\
    for restored in replica.restored:
        to.consensus.tell(restored)
    to.consensus.tell(Start(at=started_at))
""",
        wrong="""\
    to.consensus.tell(Start(at=started_at))
    for restored in reversed(replica.restored):
        to.consensus.tell(restored)
""",
        bug="What a disk gives back in several parts is told in the wrong order.",
        shows="A replica with a long log is restarted.",
    ),
    Mutant(
        name="lease-forgotten-by-a-restart",
        file=_ACTOR,
        right="        core.now = core.heard_at = message.at\n",
        wrong="        core.now = message.at\n        core.heard_at = Instant(0.0 if core.term else message.at)\n",
        bug="A process that starts again votes at once, although a leader may count on its patience for a lease.",
        shows="A majority is restarted beside a leader that cannot be reached, which goes on serving reads.",
    ),
    Mutant(
        name="full-disk-believed",
        file=_STORE,
        right="                self._wait_for_room(str(error))\n                return\n",
        wrong="                self._wait_for_room(str(error))\n",
        bug="What found no room on the disk is reported as durable.",
        shows="A disk is full, and its replica is restarted, or acknowledges.",
    ),
    Mutant(
        name="full-disk-holds-up-the-snapshot",
        file=_STORE,
        right="        if self._is_moving or not self._snapshots.can_move_on:\n",
        wrong="        if self._is_moving or self._is_full or not self._snapshots.can_move_on:\n",
        bug="While the disk is full, the snapshot does not move on; when there is room, nothing makes it.",
        shows="The last entries are applied just before there is room again, and nothing is written any more.",
    ),
    Mutant(
        name="acknowledged-on-a-full-disk",
        file=_STORE,
        right="        if len(self._unreported) == 1 and not self._is_full:\n",
        wrong="        if len(self._unreported) == 1 or self._is_full:\n",
        bug="While the disk is full, acknowledgements go out at once.",
        shows="A follower's disk is full, and its leader commits with what is not there.",
    ),
    Mutant(
        name="error-of-the-disk-taken-for-want-of-room",
        file=_STORE,
        right="        except DiskFullError as error:\n",
        wrong="        except OSError as error:\n",
        bug="An error of the disk is not believed, and what was to be written is written again later.",
        shows="A disk reports an error, and its replica goes on.",
    ),
    Mutant(
        name="leader-keeps-leading-without-a-disk",
        file=_CORE,
        right="return self._owed > 0 and (",
        wrong="return self.role is not Role.LEADER and self._owed > 0 and (",
        bug="A leader whose disk hangs goes on, and keeps in memory whatever it takes.",
        shows="The leader's disk hangs, and nobody takes its place.",
    ),
    Mutant(
        name="disk-stands-still-for-ever",
        file=_CORE,
        right="        self._owed -= 1\n",
        wrong="        self._owed -= self.role is not Role.LEADER\n",
        bug="What was reported to a leader still counts as owed.",
        shows="A leader steps down soon after it was elected, and nobody leads for long.",
    ),
    Mutant(
        name="stranger-votes",
        file="actors/consensus/election.py",
        right="""\
        if not core.is_introduced:
            return "not introduced"
        if core.voted_for""",
        wrong="""\
        if core.voted_for""",
        bug="A replica votes although nobody has taken note of its disk.",
        shows="A replica loses its disk, and with it what it has voted and acknowledged, and votes again.",
    ),
    Mutant(
        name="another-disk-is-taken-for-the-same",
        file="actors/consensus/acquaintances.py",
        right="known = self._disks.get(message.src, message.disk) == message.disk",
        wrong="known = True",
        bug="Whoever has taken note of a disk takes another one for it.",
        shows="A replica loses its disk, is introduced again, and votes.",
    ),
    Mutant(
        name="one-acquaintance-is-enough",
        file="actors/consensus/acquaintances.py",
        right="return (replicas + lost - 2) // 2 + 1",
        wrong="return 1",
        bug="A replica may vote when a single other one knows its disk.",
        shows="A replica loses its disk, and meets first whom the one before had not met.",
    ),
    Mutant(
        name="disk-forgotten-by-a-restart",
        file="actors/consensus/acquaintances.py",
        right="self._disks = dict(message.disks)",
        wrong="self._disks = {disk: name for disk, name in message.disks if disk == self._core.me}",
        bug="A restart forgets which disks the others have.",
        shows="One replica loses its disk, others are restarted, and it is introduced again.",
    ),
    Mutant(
        name="stranger-counts",
        file="actors/consensus/followers.py",
        right="        if peer not in self._strangers:\n            self._stored",
        wrong="        if True:\n            self._stored",
        bug="What a replica stores counts although nobody knows its disk.",
        shows="Its disk is lost, the next one is introduced, and a committed write is gone.",
    ),
    Mutant(
        name="another-disk-of-a-follower-unnoticed",
        file="actors/consensus/followers.py",
        right="        is_other = self._disks.setdefault(peer, disk) != disk\n",
        wrong="        is_other = False\n",
        bug="A leader goes on behind what a follower's lost disk had held.",
        shows="A follower loses its disk, and never gets the log in that term.",
    ),
)
