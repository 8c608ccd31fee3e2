"""The page as a text: complete, harmless whatever it is given, and the same for the same run."""

import base64
import gzip
import json
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.__main__ import main
from audit.page import page, write_page
from audit.page.html import ASSETS, SCRIPTS
from audit.page_command import SUMMARY_WIDTH, page_of
from audit.reading import read
from tests.audit.page_runs import Recorder, run_of
from tests.audit.small_run import small_run

HOSTILE = "</script><script>alert(1)</script>'\"&\u2028\u2029\x00${title}<!--]]>"


def block(text: str, name: str) -> str:
    found = re.search(rf'<script type="application/octet-stream" id="data-{name}">([^<]*)</script>', text)
    assert found is not None
    return gzip.decompress(base64.b64decode(found[1])).decode()


def test_every_record_is_in_the_page_whole_and_in_order() -> None:
    run = run_of()
    lines = block(page(run, title="", summary=""), "records").split("\n")
    assert len(lines) == len(run)
    for line, located in zip(lines, run, strict=True):
        record = json.loads(line)
        assert record["at"] == located.record.at
        assert record["node"] == located.record.node


def test_the_same_run_gives_the_same_page() -> None:
    assert page(run_of(seed=3), title="t", summary="s") == page(run_of(seed=3), title="t", summary="s")


def test_title_and_summary_are_text_and_never_markup() -> None:
    text = page([], title=HOSTILE, summary=HOSTILE)
    assert text.count("<script") == page([], title="", summary="").count("<script")
    title = re.search("<title>(.*)</title>", text)
    assert title is not None
    assert unescape(title[1]) == HOSTILE


@given(st.text())
def test_no_text_in_a_record_reaches_the_page_as_it_is(hostile: str) -> None:
    recorder = Recorder()
    recorder.opened("0001")
    recorder.event("0001", "datagram.rejected", head=hostile + HOSTILE)
    text = page(recorder.records, title="", summary="")
    assert text.count("</script>") == page([], title="", summary="").count("</script>")
    assert json.loads(block(text, "records").split("\n")[1])["fields"]["head"] == hostile + HOSTILE


def test_a_page_names_no_other_place_than_itself() -> None:
    text = page(run_of(), title="", summary="")
    without_data = re.sub(r'(id="data-\w+">)[^<]*', r"\1", text)
    assert re.findall(r"(?:https?:)?//[a-z]+\.", without_data) == []
    assert re.findall(r"\b(?:fetch|XMLHttpRequest|WebSocket|import)\b *\(", without_data) == []
    assert "default-src 'none'" in text


def test_the_page_of_a_damaged_trail_is_written_and_gives_exit_code_1(tmp_path: Path) -> None:
    small_run(tmp_path)
    out = tmp_path / "run.html"
    assert main(["page", str(tmp_path), "-o", str(out)]) == 0
    path = tmp_path / "0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"candidate"', b'"undecided"', 1))
    out.unlink()
    assert main(["page", str(tmp_path), "-o", str(out)]) == 1
    assert out.stat().st_size > 0


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_run(tmp_path)
    assert main(["page", str(tmp_path), "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: the page cannot be written: is a directory.\n"


def test_the_summary_of_the_page_fits_its_panel_but_for_its_tables(tmp_path: Path) -> None:
    small_run(tmp_path)
    page_of(read(tmp_path), tmp_path / "run.html", title="run")
    found = re.search(r"<pre>(.*?)\nApplied entries", (tmp_path / "run.html").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert max(map(len, unescape(found[1]).splitlines())) <= SUMMARY_WIDTH


def test_every_script_of_the_assets_is_in_the_page() -> None:
    assert sorted(SCRIPTS) == sorted(path.name for path in ASSETS.glob("*.js"))


def test_a_title_that_is_no_text_costs_its_characters_and_not_the_page(tmp_path: Path) -> None:
    out = tmp_path / "run.html"
    write_page(out, [], title="run \udcff", summary="")
    assert "run ?" in out.read_text(encoding="utf-8")


def test_a_hundred_thousand_records_make_a_page_that_can_be_sent_by_mail() -> None:
    assert len(page(run_of(records=100_000), title="", summary="")) < 8_000_000
