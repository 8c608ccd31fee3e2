"""The page in a real browser: it opens from disk, and does what it promises to pointer, keys and search."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from audit.page import write_page
from tests.audit.browser import Browser, browser, chromium
from tests.audit.page_runs import CLIENT, FLIGHT_S, Recorder, run_of

LOST: Final = 1
LARGE_RUN_RECORDS: Final = 100_000
DRAWN_MAX: Final = 7_000
"""Arrows and marks that one frame may draw, whatever is in view: the bounds in the page's script, and some air."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page that is open."""

    browser: Browser

    def describe(self, path: str) -> object:
        return self.browser.evaluate(f"window.viewer.describe().{path}")

    def number(self, path: str) -> int:
        value = self.describe(path)
        assert isinstance(value, int)
        return value

    def place(self, kind: str, number: int) -> tuple[float, float]:
        """Where a thing is on the page."""
        found = self.browser.evaluate(f"window.viewer.locate({{ type: '{kind}', id: {number} }})")
        assert isinstance(found, dict), f"{kind} {number} is not drawn"
        return float(found["x"]), float(found["y"])

    def show(self, start: float, end: float) -> None:
        self.browser.evaluate(f"window.viewer.show({start}, {end})")
        self.browser.settle()

    def text(self, selector: str) -> str:
        return str(self.browser.evaluate(f"document.querySelector({selector!r}).textContent"))

    def press_button(self, selector: str) -> None:
        self.browser.evaluate(f"document.querySelector({selector!r}).click()")
        self.browser.settle()

    def search(self, what: str, wanted: str) -> None:
        self.browser.evaluate(f"document.getElementById('search-what').value = {what!r}")
        self.browser.evaluate(f"document.getElementById('search-for').value = {wanted!r}")
        self.browser.evaluate("document.getElementById('search').requestSubmit()")
        self.browser.settle()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    chromium()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, browser(Path(profile)) as running:
        yield running


@pytest.fixture(scope="module")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small") / "run.html"
    write_page(out, run_of(), title="A small run", summary="two leaders\n<b>no markup</b>")
    return out


@pytest.fixture(scope="module")
def large_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("large") / "run.html"
    write_page(out, run_of(records=LARGE_RUN_RECORDS), title="A large run", summary="")
    return out


@pytest.fixture
def small(chrome: Browser, small_page: Path) -> Shown:
    return opened(chrome, small_page)


@pytest.fixture
def large(chrome: Browser, large_page: Path) -> Shown:
    return opened(chrome, large_page)


def opened(chrome: Browser, page: Path) -> Shown:
    chrome.errors.clear()
    chrome.requested.clear()
    chrome.open(page)
    chrome.settle()
    return Shown(chrome)


def test_a_page_opens_from_disk_without_a_complaint_and_without_a_network(small: Shown, small_page: Path) -> None:
    assert small.describe("lanes") == ["0001", "0002", "0003", "0004", "0005"]
    assert small.number("drawn.messages") == small.number("messages") > 100
    assert small.browser.errors == []
    assert small.browser.requested == [small_page.as_uri()]


def test_the_summary_stands_beside_the_picture_as_text(small: Shown) -> None:
    assert small.text("#panel-summary pre") == "two leaders\n<b>no markup</b>"


def test_the_pointer_on_an_arrow_shows_its_record(small: Shown) -> None:
    small.show(0.0, 0.02)
    small.browser.move(*small.place("message", 0))
    assert small.describe("hover") == {"type": "message", "id": 0}
    tip = small.text("#tip")
    assert "append 1" in tip
    assert '"prev_log_index": 0' in tip
    small.browser.move(5.0, 5.0)
    assert small.browser.evaluate("document.getElementById('tip').hidden") is True


def test_a_click_pins_the_record_and_escape_lets_it_go(small: Shown) -> None:
    small.show(0.0, 0.02)
    small.browser.click(*small.place("message", 0))
    assert small.describe("pinned") == {"type": "message", "id": 0}
    assert small.text("#panel-record").count('"MID"') == 2, "the sending and the receipt, whole"
    small.browser.press("Escape")
    assert small.describe("pinned") is None


def test_keys_go_through_records_in_the_order_of_cause_and_effect(small: Shown) -> None:
    small.browser.press("j")
    small.browser.press("j")
    assert small.describe("pinned") == {"type": "record", "id": 1}
    small.browser.press("k")
    assert small.describe("pinned") == {"type": "record", "id": 0}


def test_a_key_leads_from_a_receipt_to_its_sending(small: Shown) -> None:
    small.show(0.0, 0.02)
    small.browser.click(*small.place("message", 0))
    small.press_button(".ways button:nth-child(2)")
    receipt = small.browser.evaluate(
        "[...Array(99).keys()].find((i) => window.viewer.record(i).node === '0002'"
        " && window.viewer.record(i).type === 'Datagrams')"
    )
    small.search("text", "xyzzy")
    small.browser.evaluate("document.getElementById('canvas').focus()")
    small.browser.press("Escape")
    for _ in range(int(str(receipt)) + 1):
        small.browser.press("j")
    assert small.describe("pinned.id") == receipt
    small.browser.press("c")
    assert small.browser.evaluate("window.viewer.record(window.viewer.describe().pinned.id).value.type") == "append"


def test_a_search_by_request_finds_its_whole_life_and_nothing_else(small: Shown) -> None:
    mid = f"{CLIENT}-000003"
    small.search("mid", mid)
    found = small.describe("found.list")
    assert isinstance(found, list)
    records = [str(small.browser.evaluate(f"JSON.stringify(window.viewer.record({each}))")) for each in found]
    assert sum(mid in record for record in records) > 10
    assert all(mid in record or '"match_index":3' in record or '"last":3' in record for record in records)
    assert small.describe("found.requests") == 1
    assert "request.answered" in small.text("#panel-found")


def test_a_search_by_index_finds_the_commit_and_by_term_the_election(small: Shown) -> None:
    small.search("index", "5")
    assert "entry.committed" in small.text("#panel-found")
    small.search("term", "2")
    assert "0002" in small.text("#panel-found")
    assert "role.changed" in small.text("#panel-found")


def test_what_is_not_there_is_not_found(small: Shown) -> None:
    small.search("text", "no such thing")
    assert small.describe("found.list") == []


def test_a_filter_hides_one_kind_of_message_and_shows_it_again(small: Shown) -> None:
    everything = small.number("drawn.messages")
    box = "#filters [data-filter=messages] [data-value=append]"
    small.press_button(box)
    assert 0 < small.number("drawn.messages") < everything
    small.press_button(box)
    assert small.number("drawn.messages") == everything


def test_a_filter_counts_what_it_hides(small: Shown) -> None:
    hidden = small.text("#filters [data-filter=messages] label:has([data-value=append]) .count")
    everything = small.number("drawn.messages")
    small.press_button("#filters [data-filter=messages] [data-value=append]")
    assert small.number("drawn.messages") == everything - int(hidden)


def test_a_lost_message_ends_in_a_cross(small: Shown) -> None:
    lost = small.browser.evaluate(f"window.viewer.messages({LOST})")
    assert isinstance(lost, list)
    assert small.number("drawn.crosses") == len(lost) > 0
    small.browser.evaluate(f"document.querySelector('#filters [data-filter=fates] [data-value=\"{LOST}\"]').click()")
    small.browser.settle()
    assert small.number("drawn.crosses") == 0


def test_a_message_to_a_replica_whose_trail_has_ended_is_not_called_lost(chrome: Browser, tmp_path: Path) -> None:
    recorder = Recorder()
    for node in ("0001", "0002"):
        recorder.opened(node)
    recorder.send("0001", "consensus", 1, "append", "0002", term=1)
    recorder.now += FLIGHT_S
    recorder.event("0001", "node.stopped", actor="node")
    write_page(tmp_path / "run.html", recorder.records, title="", summary="")
    shown = opened(chrome, tmp_path / "run.html")
    assert shown.number("drawn.messages") == 1
    assert shown.number("drawn.crosses") == 0


def test_a_replica_opens_to_its_actors_and_closes_again(small: Shown) -> None:
    assert small.number("drawn.inner") == 0
    small.browser.press("1")
    assert small.describe("open") == ["0001"]
    assert small.number("drawn.inner") > 50
    assert "log_store" in small.text("#names")
    small.browser.press("1")
    assert small.number("drawn.inner") == 0


def test_the_wheel_zooms_at_the_pointer_and_dragging_moves(small: Shown) -> None:
    before = small.describe("view")
    small.browser.mouse("mouseWheel", 600, 400, deltaX=0, deltaY=-240)
    small.browser.settle()
    closer = small.describe("view")
    assert isinstance(before, list)
    assert isinstance(closer, list)
    assert closer[1] - closer[0] == pytest.approx((before[1] - before[0]) / 2)
    small.browser.mouse("mousePressed", 600, 400, button="left", clickCount=1)
    small.browser.mouse("mouseMoved", 700, 400, button="left")
    small.browser.mouse("mouseReleased", 700, 400, button="left", clickCount=1)
    small.browser.settle()
    moved = small.describe("view")
    assert isinstance(moved, list)
    assert moved[0] < closer[0]
    assert moved[1] - moved[0] == pytest.approx(closer[1] - closer[0])


def test_a_trail_of_events_only_shows_bands_and_says_what_is_missing(chrome: Browser, tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.opened("0001", level="events")
    recorder.event("0001", "role.changed", role="leader", previous="follower", term=1, reason="elected")
    recorder.now += 1.0
    recorder.event("0001", "entry.committed", first=1, last=1)
    write_page(tmp_path / "run.html", recorder.records, title="", summary="")
    shown = opened(chrome, tmp_path / "run.html")
    assert shown.number("drawn.bands") == 2
    assert shown.number("drawn.events") == 3
    assert "Messages were not recorded" in shown.text("#notice")


def test_a_run_without_any_record_opens(chrome: Browser, tmp_path: Path) -> None:
    write_page(tmp_path / "run.html", [], title="Nothing", summary="")
    assert opened(chrome, tmp_path / "run.html").number("records") == 0
    assert chrome.errors == []


def test_hostile_text_in_a_record_is_shown_and_never_run(chrome: Browser, tmp_path: Path) -> None:
    hostile = "</script><script>window.broken = 1</script>\u2028'\"`${1}<!--\N{GRINNING FACE}\N{RIGHT-TO-LEFT OVERRIDE}"
    recorder = Recorder()
    recorder.opened("0001")
    recorder.event("0001", "datagram.rejected", actor="socket_reader", head=hostile)
    write_page(tmp_path / "run.html", recorder.records, title=hostile, summary=hostile)
    shown = opened(chrome, tmp_path / "run.html")
    shown.browser.press("j")
    shown.browser.press("j")
    assert shown.browser.evaluate("window.viewer.record(1).head") == hostile.encode("utf-16", "surrogatepass").decode(
        "utf-16"
    )
    assert "window.broken = 1" in shown.text("#panel-record")
    assert shown.browser.evaluate("window.broken") is None
    assert chrome.errors == []


def test_a_hundred_thousand_records_open_zoom_and_pan_and_a_frame_draws_no_more_than_it_can(large: Shown) -> None:
    assert large.number("records") >= LARGE_RUN_RECORDS
    assert large.number("drawn.messagesInView") > DRAWN_MAX
    assert drawn(large) < DRAWN_MAX
    for _ in range(6):
        large.browser.press("+")
        large.browser.press("ArrowRight")
        assert 0 < drawn(large) < DRAWN_MAX
    assert large.browser.errors == []


def test_a_frame_after_a_move_touches_only_what_is_in_view(large: Shown) -> None:
    large.show(2.0, 2.05)
    before = large.number("frames")
    large.browser.press("ArrowRight")
    assert large.number("frames") > before
    assert large.number("drawn.messages") == large.number("drawn.messagesInView")
    assert 0 < large.number("drawn.messages") < 200


def test_a_search_in_a_hundred_thousand_records_finds_one_request(large: Shown) -> None:
    large.search("mid", f"{CLIENT}-000042")
    found = large.describe("found.list")
    assert isinstance(found, list)
    assert 10 < len(found) < 60


def drawn(shown: Shown) -> int:
    return sum(shown.number(f"drawn.{part}") for part in ("messages", "events", "requests", "inner"))
