"""Three real replicas behind the smallest of networks serve a client, also after the leader was killed."""

from pathlib import Path

import pytest

from tests.end_to_end.small_hub import SmallHub

IDS = ("0000", "0001", "0002")


def test_three_replicas_answer_a_put_and_a_get(tmp_path: Path) -> None:
    with SmallHub(tmp_path, IDS) as hub:
        put = hub.follow("0000", "put", "p1", key="k", value="värde")
        assert (put["type"], put["dst"], put["src"]) == ("ok", "0015", put["leader"])
        assert "value" not in put
        got = hub.follow("0001", "get", "g1", key="k")
        assert (got["type"], got["value"]) == ("ok", "värde")
        missing = hub.follow("0002", "get", "g2", key="never written")
        assert (missing["type"], missing["value"]) == ("ok", "")


def test_each_request_is_answered_once(tmp_path: Path) -> None:
    with SmallHub(tmp_path, IDS) as hub:
        for number in range(20):
            hub.follow("0000", "put", f"p{number}", key="k", value=str(number))
        assert hub.follow("0002", "get", "g", key="k")["value"] == "19"
        mids = [answer["MID"] for answer in hub.answers]
    assert len(mids) == len(set(mids))


@pytest.mark.parametrize("value_bytes", [0, 30_000, 60_000])
def test_values_of_any_size_that_a_datagram_holds_are_kept(tmp_path: Path, value_bytes: int) -> None:
    with SmallHub(tmp_path, IDS) as hub:
        assert hub.follow("0000", "put", "p", key="k", value="v" * value_bytes)["type"] == "ok"
        assert hub.follow("0001", "get", "g", key="k")["value"] == "v" * value_bytes


def test_what_was_acknowledged_survives_the_leader(tmp_path: Path) -> None:
    with SmallHub(tmp_path, IDS) as hub:
        leader = str(hub.follow("0000", "put", "p", key="k", value="v")["leader"])
        hub.kill(leader)
        one, other = (name for name in IDS if name != leader)
        assert hub.request(one, "get", "g", key="k")["type"] in {"ok", "redirect"}
        got = hub.follow(other, "get", "h", key="k")
    assert (got["type"], got["value"]) == ("ok", "v")
    assert got["leader"] != leader
