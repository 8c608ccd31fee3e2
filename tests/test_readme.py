"""What the README names exists."""

import re
from pathlib import Path

import pytest

from actors.settings import known_variables

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z-]+)", README)) - {"it"}))
def test_every_target_that_the_readme_names_can_be_made(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:docs/)?[A-Za-z_]+\.(?:md|py))`", README))))
def test_every_file_that_the_readme_names_is_there(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(RAFT_[A-Z_]+[A-Z])`", README))))
def test_every_setting_that_the_readme_names_is_one(name: str) -> None:
    assert name in known_variables()


@pytest.mark.parametrize("event", sorted(set(re.findall(r"`([a-z_]+\.[a-z_]+ed|vote\.[a-z]+)`", README))))
def test_every_event_that_the_readme_names_is_written_somewhere(event: str) -> None:
    sources = [*ROOT.glob("actors/**/*.py"), ROOT / "node.py"]
    assert any(f'"{event}"' in source.read_text(encoding="utf-8") for source in sources)
