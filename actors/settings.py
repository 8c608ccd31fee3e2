"""All that can be tuned, with its units and its reasons, read from `RAFT_*` variables and checked as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, get_type_hints

PREFIX: Final = "RAFT_"
PROFILE: Final = "RAFT_PROFILE"
SEED: Final = "RAFT_SEED"
SEED_CHARACTERS_MAX: Final = 100
OTHERS: Final = ("RAFT_DATA", "RAFT_TRAIL", "RAFT_TRAIL_LEVEL", "RAFT_TRAIL_PART_MB", "RAFT_TRAIL_PARTS_MAX")
"""Read elsewhere."""


class SettingsError(Exception):
    """A setting that cannot be: one sentence that names the variable and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The policy of one replica; all replicas of a cluster should have the same.

    Durations are in milliseconds, in these names and in the variables: `heartbeat_ms` is `RAFT_HEARTBEAT_MS`.
    """

    election_timeout_min_ms: int = 1200
    """Without a leader for so long, at least, a follower asks for an election (Raft §5.2)."""

    election_timeout_max_ms: int = 2400
    """... and for so long at most; the spread keeps votes from being split (Raft §5.2, §9.3)."""

    heartbeat_ms: int = 400
    """An idle leader shows itself so often: at most a third of the least election timeout, so that two may be lost."""

    campaign_retry_ms: int = 120
    """A campaign asks those who have not answered again so often; datagrams get lost."""

    campaign_tries: int = 3
    """... and so many times in all, before it waits for another election timeout."""

    start_wait_ms: int = 1800
    """No election before this: siblings that start late must not be talked to before they have said hello."""

    start_wait_per_peer_ms: int = 50
    """... and so much longer for each of them: many processes that start together start slowly."""

    clock_error_percent: int = 2
    """No clock runs faster or slower by more; a leader's lease is shorter for it (Raft §8, thesis §6.4)."""

    retransmit_min_ms: int = 65
    """An unanswered AppendEntries is sent again after a few smoothed round trips, but never sooner than this. Entries
    that follow before take it along, so this is a little longer than the 60 ms between 500 requests in 30 s."""

    probe_max_ms: int = 1000
    """A peer that has been silent for an election timeout is tried ever less often, down to once in this time."""

    thrifty: int = 1
    """1: entries go to as many followers as a majority needs, to the others with heartbeats, and few answers are
    asked for. 0: entries go to all at once, and all answer."""

    batch_entries: int = 128
    """An AppendEntries holds at most so many entries."""

    batch_bytes: int = 48_000
    """... and so many bytes of entries, but for a single larger one; a datagram holds 65,507."""

    window: int = 16
    """At most so many AppendEntries are under way to one peer."""

    snapshot_entries: int = 250
    """A snapshot is taken after so many entries (Raft §7)."""

    snapshot_bytes: int = 4_000_000
    """... or after so many bytes of keys and values."""

    snapshot_margin: int = 10_000
    """So many of the entries that the snapshot includes are kept, for followers that lag a little."""

    snapshot_part_bytes: int = 8_000
    """A part of a snapshot that is sent to a follower holds at most so many bytes, and at most `batch_bytes`."""

    snapshot_pause_ms: int = 2
    """The next part waits for so long after the last one was answered: clients are served meanwhile."""

    requests_open_max: int = 20_000
    """A replica keeps at most so many requests whose answer is not known yet; it refuses what comes beyond them."""

    @property
    def part_bytes(self) -> int:
        """How many bytes of records a part of a snapshot may hold, but for a single larger one."""
        return min(self.snapshot_part_bytes, self.batch_bytes)

    @property
    def lease_ms(self) -> float:
        """For how long after a confirmation nobody else can have been elected, by this node's clock.

        A follower refuses votes for the least election timeout by its clock, which may be fast, while the leader's
        may be slow: the lease lapses before that time can be over anywhere (thesis §6.4.1).
        """
        error = self.clock_error_percent / 100
        return self.election_timeout_min_ms * (1 - error) / (1 + error)


SIMULATOR: Final = Settings()
"""Economy: as few messages as may be, and no election that is not needed, under the contract's simulators."""

CLUSTER: Final = Settings(
    election_timeout_min_ms=300,
    election_timeout_max_ms=600,
    heartbeat_ms=75,
    campaign_retry_ms=60,
    retransmit_min_ms=20,
    probe_max_ms=500,
    thrifty=0,
)
"""Fast failover: all followers have everything at once, and a dead leader has a successor within a second."""

PROFILES: Final[Mapping[str, Settings]] = {"simulator": SIMULATOR, "cluster": CLUSTER}
"""What `RAFT_PROFILE` may be. Other variables change single values of it."""

_RANGES: Final[dict[str, tuple[int, int]]] = {
    "election_timeout_min_ms": (10, 600_000),
    "election_timeout_max_ms": (11, 1_200_000),
    "heartbeat_ms": (1, 200_000),
    "campaign_retry_ms": (1, 600_000),
    "campaign_tries": (1, 100),
    "start_wait_ms": (0, 600_000),
    "start_wait_per_peer_ms": (0, 60_000),
    "clock_error_percent": (0, 50),
    "retransmit_min_ms": (1, 60_000),
    "probe_max_ms": (1, 600_000),
    "thrifty": (0, 1),
    "batch_entries": (1, 10_000),
    "batch_bytes": (1, 60_000),
    "window": (1, 1024),
    "snapshot_entries": (1, 10_000_000),
    "snapshot_bytes": (1, 1_000_000_000),
    "snapshot_margin": (0, 10_000_000),
    "snapshot_part_bytes": (1, 60_000),
    "snapshot_pause_ms": (0, 60_000),
    "requests_open_max": (1, 1_000_000),
}


def variable(name: str) -> str:
    """The environment variable of the setting `name`."""
    return PREFIX + name.upper()


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` asks for, defaults for the rest; raises SettingsError."""
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known_variables())
    if unknown:
        raise SettingsError(f"{unknown[0]!a} is no setting; 'node.py --help' lists them.")
    given = {
        name: _number(name, environment[variable(name)]) for name in _RANGES if environment.get(variable(name), "")
    }
    settings = replace(_profile(environment.get(PROFILE, "")), **given)
    _check_together(settings)
    return settings


def _profile(name: str) -> Settings:
    settings = PROFILES.get(name or "simulator")
    if settings is None:
        raise SettingsError(f"{PROFILE} must be {' or '.join(PROFILES)}, and is {name[:40]!r}.")
    return settings


def known_variables() -> frozenset[str]:
    """Every variable that a node reads."""
    return frozenset({SEED, PROFILE, *OTHERS, *(variable(name) for name in _RANGES)})


def seed_from(environment: Mapping[str, str], *, otherwise: str) -> str:
    """What seeds this node's random numbers: `RAFT_SEED`, or `otherwise`; raises SettingsError."""
    given = environment.get(SEED, "") or otherwise
    if not (given.isascii() and given.isprintable() and len(given) <= SEED_CHARACTERS_MAX):
        raise SettingsError(f"{SEED} must be at most {SEED_CHARACTERS_MAX} printable ASCII characters.")
    return given


def described() -> str:
    """For people: a line for each setting, with its variable, its value in each profile, and its range."""
    names = "".join(f"{name:>12}" for name in PROFILES)
    head = f"  {PROFILE:<32}{names}   (which of them to begin with; {next(iter(PROFILES))} by default)"
    return "\n".join((head, *(_line(name) for name in _RANGES)))


def _line(name: str) -> str:
    least, most = _RANGES[name]
    values = "".join(f"{getattr(settings, name):>12}" for settings in PROFILES.values())
    return f"  {variable(name):<32}{values}   (from {least} to {most})"


def _number(name: str, text: str) -> int:
    least, most = _RANGES[name]
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise SettingsError(f"{variable(name)} must be a whole number from {least} to {most}, and is {text[:40]!r}.")
    return int(text)


def _check_together(settings: Settings) -> None:
    if settings.election_timeout_max_ms <= settings.election_timeout_min_ms:
        raise SettingsError(
            f"RAFT_ELECTION_TIMEOUT_MAX_MS ({settings.election_timeout_max_ms}) must be above "
            f"RAFT_ELECTION_TIMEOUT_MIN_MS ({settings.election_timeout_min_ms}): the spread is what ends split votes."
        )
    if settings.heartbeat_ms * 3 > settings.election_timeout_min_ms:
        raise SettingsError(
            f"RAFT_HEARTBEAT_MS ({settings.heartbeat_ms}) must be at most a third of RAFT_ELECTION_TIMEOUT_MIN_MS "
            f"({settings.election_timeout_min_ms}): two heartbeats may be lost without an election."
        )


assert set(_RANGES) == {field.name for field in fields(Settings)} == set(get_type_hints(Settings)), "a range for each"
