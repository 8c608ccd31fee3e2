"""The page: template, style, script and data in one text."""

import base64
import gzip
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Final

import msgspec

from audit.page.picture import picture
from audit.records import Located

ASSETS: Final = Path(__file__).parent / "assets"
SCRIPTS: Final = (
    "data.js",
    "find.js",
    "view.js",
    "colours.js",
    "canvas.js",
    "arrows.js",
    "lanes.js",
    "actors.js",
    "overview.js",
    "words.js",
    "panel.js",
    "filters.js",
    "search.js",
    "hands.js",
    "main.js",
)
"""The parts of the page's one script, in the order in which they build on one another."""

COMPRESSION: Final = 6


def page(located: Sequence[Located], *, title: str, summary: str) -> str:
    """The page that shows `located`, which is in causal order; `summary` is plain text, shown beside the picture.

    The same records give the same page, byte for byte.
    """
    return Template(_asset("template.html")).substitute(
        title=escape(title),
        summary=escape(summary),
        style=_asset("style.css"),
        script="\n".join(_asset(name) for name in SCRIPTS),
        picture=_packed(msgspec.json.encode(picture(located))),
        records=_packed(b"\n".join(_line(each) for each in located)),
    )


def write_page(out: Path, located: Sequence[Located], *, title: str, summary: str) -> None:
    """Write the page to `out`; raises OSError."""
    # A title or a summary may name a file whose name is no text.
    out.write_text(page(located, title=title, summary=summary), encoding="utf-8", errors="replace", newline="\n")


def _line(each: Located) -> bytes:
    """The record as JSON on a line of its own: whatever JSON came with line ends between its tokens has lost them."""
    line = msgspec.json.encode(each.record)
    return line.replace(b"\n", b" ") if b"\n" in line else line


def _packed(content: bytes) -> str:
    """Compressed, in letters and digits: nothing in it can end a script, whatever the clients sent."""
    return base64.b64encode(gzip.compress(content, COMPRESSION, mtime=0)).decode("ascii")


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
