"""`python -m audit page`: the run as one HTML file."""

import argparse
import time
from pathlib import Path
from typing import Final

from audit.arguments import add_directory, directory_of, read_aloud
from audit.files import ReadError, reason_of
from audit.merge import merged
from audit.page import write_page
from audit.summary_facts import summary_of
from audit.summary_text import text_of
from audit.timeline_text import Painter
from audit.trails import Trails

SUMMARY_WIDTH: Final = 52
"""Columns; as many as the panel shows."""

_DESCRIPTION: Final = """\
Write one self-contained HTML file that shows the run: a lane for each replica with its roles and terms, messages as
arrows, lost ones ending in a cross, commits, requests; to zoom, pan and search, with every record behind it. It opens
from disk and needs no network."""
_EPILOG: Final = """\
example:
  python -m audit page runs/run-1 -o run.html

exit code: 0; 1 when the trail is damaged, but the page is written; 2 when nothing can be read or written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_directory(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUT.html", type=Path, help="where to write it (default: named after the directory)"
    )


def run(parsed: argparse.Namespace) -> int:
    """Write the page, and say where it is; 1 when the trail is damaged."""
    directory: Path = directory_of(parsed)
    out: Path = parsed.output or Path(f"{directory.resolve().name}.html")
    trails = read_aloud(directory)
    try:
        page_of(trails, out, title=directory.resolve().name)
    except OSError as error:
        raise ReadError(f"{out}: the page cannot be written: {reason_of(error)}.") from error
    print(f"Wrote {out} ({out.stat().st_size / 1e6:.1f} MB).")
    return 1 if trails.is_damaged else 0


def page_of(trails: Trails, out: Path, *, title: str) -> None:
    """Write the page of a run to `out`; raises OSError."""
    facts = summary_of(trails, now_s=time.time())
    summary = text_of(facts, width=SUMMARY_WIDTH, painter=Painter(coloured=False), folds=True)
    write_page(out, merged(trails), title=title, summary=summary)
