"""The digest of the source says whether two replicas ran the same code."""

import shutil
from pathlib import Path

import pytest

from recording import source, source_digest
from tests.layout import ROOT


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The source elsewhere, from which the digest is taken now."""
    for package in ("actors", "messages", "audit"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source, "_HERE", tmp_path)
    return tmp_path


def test_it_is_the_same_for_the_same_source_wherever_it_lies(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_copy = source_digest()
    monkeypatch.undo()
    assert of_copy == source_digest()
    assert len(of_copy) == 16
    assert set(of_copy) <= set("0123456789abcdef")


@pytest.mark.parametrize("file", ["actors/log_store.py", "actors/consensus/log.py", "messages/codec.py"])
def test_it_changes_with_one_byte_of_what_actors_and_messages_are(copy: Path, file: str) -> None:
    before = source_digest()
    path = copy / file
    path.write_bytes(path.read_bytes() + b"\n")
    assert source_digest() != before


def test_it_changes_with_a_module_more_or_less_or_of_another_name(copy: Path) -> None:
    digests = [source_digest()]
    new = copy / "actors" / "new.py"
    new.write_bytes(b"")
    digests.append(source_digest())
    new.rename(copy / "actors" / "newer.py")
    digests.append(source_digest())
    assert len(set(digests)) == 3


def test_what_decides_nothing_in_a_replica_does_not_count(copy: Path) -> None:
    before = source_digest()
    (copy / "audit" / "verify.py").write_bytes(b"")
    (copy / "actors" / "__pycache__").mkdir()
    (copy / "actors" / "__pycache__" / "actor.cpython-311.pyc").write_bytes(b"compiled")
    assert source_digest() == before
