"""What shows a divergence can be read, however long the messages are."""

import pytest

from audit.surroundings import beginning, differing

LONG = "x" * 50_000


def test_short_texts_are_shown_as_they_are() -> None:
    assert differing("tells b", "tells c") == ("tells b", "tells c")
    assert beginning("tells b") == "tells b"


@pytest.mark.parametrize("before", [0, 30, 100, 390, 700, 40_000])
def test_of_long_texts_the_beginning_and_the_first_difference_are_shown(before: int) -> None:
    common = f"log_store tells {LONG[:before]}"
    expected, got = differing(f"{common}THIS{LONG}", f"{common}THAT{LONG}")
    assert expected.startswith("log_store tells ")
    assert ("THIS" in expected, "THAT" in got) == (True, True)
    assert max(len(expected), len(got)) < 600


def test_a_text_that_goes_on_where_the_other_ends_differs_there() -> None:
    expected, got = differing(f"{LONG}, and more", LONG)
    assert expected.endswith(", and more")
    assert got.endswith("xxx")
    assert len(expected) < 600


def test_of_a_long_text_alone_the_beginning_is_shown() -> None:
    assert beginning(LONG) == f"{LONG[:400]} ..."
