"""Settings come from `RAFT_*` variables, each within its range, all of them consistent; a bad one is one sentence."""

from dataclasses import fields, replace

import pytest

from actors.settings import (
    PROFILES,
    Settings,
    SettingsError,
    described,
    known_variables,
    seed_from,
    settings_from,
    variable,
)

NAMES = tuple(field.name for field in fields(Settings))


def refusal(environment: dict[str, str]) -> str:
    """The sentence with which `environment` is refused."""
    with pytest.raises(SettingsError) as caught:
        settings_from(environment)
    return str(caught.value)


def test_an_empty_environment_gives_the_defaults() -> None:
    assert settings_from({}) == Settings()
    assert settings_from({"PATH": "/bin", "RAFT_WINDOW": ""}) == Settings()


def test_a_variable_is_the_name_of_its_setting_in_capitals() -> None:
    assert variable("heartbeat_ms") == "RAFT_HEARTBEAT_MS"
    assert settings_from({"RAFT_HEARTBEAT_MS": "100"}) == Settings(heartbeat_ms=100)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["x", "-1", "1.5", "1e3", " 5", "+5", "٣", "9" * 5000, "0x10"])
def test_what_is_no_whole_number_in_range_is_refused_in_one_sentence(name: str, text: str) -> None:
    sentence = refusal({variable(name): text})
    assert sentence.startswith(f"{variable(name)} must be a whole number from ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 160


@pytest.mark.parametrize("text", ["0", "1025"])
def test_a_number_outside_the_range_is_refused_and_both_ends_of_it_are_in(text: str) -> None:
    assert refusal({"RAFT_WINDOW": text}) == f"RAFT_WINDOW must be a whole number from 1 to 1024, and is '{text}'."
    assert settings_from({"RAFT_WINDOW": "1"}).window == 1
    assert settings_from({"RAFT_WINDOW": "1024"}).window == 1024


def test_the_largest_election_timeout_must_be_above_the_least() -> None:
    sentence = refusal({"RAFT_ELECTION_TIMEOUT_MIN_MS": "900", "RAFT_ELECTION_TIMEOUT_MAX_MS": "900"})
    assert sentence.startswith("RAFT_ELECTION_TIMEOUT_MAX_MS (900) must be above RAFT_ELECTION_TIMEOUT_MIN_MS (900)")


def test_three_heartbeats_must_fit_into_the_least_election_timeout() -> None:
    assert settings_from({"RAFT_HEARTBEAT_MS": "400"}).heartbeat_ms == 400
    sentence = refusal({"RAFT_HEARTBEAT_MS": "401"})
    assert sentence.startswith("RAFT_HEARTBEAT_MS (401) must be at most a third of RAFT_ELECTION_TIMEOUT_MIN_MS (1200)")


# --- profiles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_where_settings_begin(name: str) -> None:
    assert settings_from({"RAFT_PROFILE": name}) == PROFILES[name]
    assert settings_from({"RAFT_PROFILE": name, "RAFT_WINDOW": "3"}) == replace(PROFILES[name], window=3)


def test_the_simulators_profile_is_the_default() -> None:
    assert settings_from({}) == PROFILES["simulator"] == Settings()


def test_a_profile_that_there_is_not_is_refused() -> None:
    assert refusal({"RAFT_PROFILE": "fast"}) == "RAFT_PROFILE must be simulator or cluster, and is 'fast'."


@pytest.mark.parametrize("settings", PROFILES.values(), ids=PROFILES)
def test_each_profile_is_consistent(settings: Settings) -> None:
    given = {variable(name): str(getattr(settings, name)) for name in NAMES}
    assert settings_from(given) == settings
    assert settings.lease_ms < settings.election_timeout_min_ms


def test_a_single_value_must_fit_the_profile_that_it_changes() -> None:
    sentence = refusal({"RAFT_PROFILE": "cluster", "RAFT_HEARTBEAT_MS": "200"})
    assert sentence.startswith("RAFT_HEARTBEAT_MS (200) must be at most a third of RAFT_ELECTION_TIMEOUT_MIN_MS (300)")


@pytest.mark.parametrize(("error_percent", "lease_ms"), [(0, 1200.0), (2, 1152.941), (50, 400.0)])
def test_the_lease_is_over_before_an_election_timeout_can_be_over_on_the_fastest_clock(
    error_percent: int, lease_ms: float
) -> None:
    """Thesis §6.4.1: the leader's clock may be slow by the error while a follower's is fast by it."""
    settings = Settings(clock_error_percent=error_percent)
    assert settings.lease_ms == pytest.approx(lease_ms, abs=0.001)
    slow, fast = 1 - error_percent / 100, 1 + error_percent / 100
    assert settings.lease_ms / slow <= settings.election_timeout_min_ms / fast + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_people_are_told_of_every_variable_with_its_default_and_range(name: str) -> None:
    (line,) = [line for line in described().splitlines() if line.split()[0] == variable(name)]
    values = [str(getattr(settings, name)) for settings in PROFILES.values()]
    assert line.split()[1 : 1 + len(values)] == values
    assert "(from " in line


@pytest.mark.parametrize("name", ["RAFT_HEARTBEAT", "RAFT_", "RAFT_heartbeat_ms", "RAFT_\udcff"])
def test_a_variable_that_is_no_setting_is_refused(name: str) -> None:
    """A typing error would go unnoticed otherwise."""
    sentence = refusal({name: "5"})
    assert sentence == f"{name!a} is no setting; 'node.py --help' lists them."


def test_every_variable_that_a_node_reads_is_known() -> None:
    assert {"RAFT_SEED", "RAFT_TRAIL", "RAFT_TRAIL_LEVEL", "RAFT_WINDOW"} <= known_variables()
    assert settings_from(dict.fromkeys(known_variables(), "")) == Settings()


def test_the_seed_is_what_the_environment_says_or_what_the_caller_offers() -> None:
    assert seed_from({"RAFT_SEED": "any printable text 1"}, otherwise="another") == "any printable text 1"
    assert seed_from({}, otherwise="another") == "another"


@pytest.mark.parametrize("text", ["\udcff", "é", "a\n", "x" * 101])
def test_a_seed_that_cannot_be_written_down_everywhere_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^RAFT_SEED must be at most 100 printable ASCII characters\.$"):
        seed_from({"RAFT_SEED": text}, otherwise="another")
