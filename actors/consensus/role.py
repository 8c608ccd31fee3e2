"""The four things that a replica can be."""

from enum import StrEnum


class Role(StrEnum):
    """Follower, candidate and leader are the paper's (Raft §5.1); a pre-candidate asks before it campaigns."""

    FOLLOWER = "follower"
    PRE_CANDIDATE = "pre_candidate"
    CANDIDATE = "candidate"
    LEADER = "leader"
