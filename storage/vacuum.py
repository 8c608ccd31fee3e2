"""Giving pages that are free back to the file system, so that the file shrinks when there is less to keep."""

import sqlite3
from typing import Final

PAGES_FREE: Final = 256
"""So many pages, or a quarter of the file when that is more, stay: the next entries will take them."""

PAGES_AT_ONCE: Final = 128
"""At most so many are given back in one transaction, which pays for each with a few microseconds and a page moved."""


INCREMENTAL: Final = 2
"""As SQLite says that pages can be given back."""


def free_pages(connection: sqlite3.Connection) -> int:
    """How many pages of the file hold nothing; raises sqlite3.Error."""
    count: int
    (count,) = connection.execute("PRAGMA freelist_count").fetchone()
    return count


def give_back(connection: sqlite3.Connection) -> int:
    """Within a transaction, shorten the file a little, if too much of it is free; by how many pages, about.

    A file that was begun by version 1 stays as long as it is. Raises sqlite3.Error.
    """
    (mode,) = connection.execute("PRAGMA auto_vacuum").fetchone()
    if mode != INCREMENTAL:
        return 0
    pages: int
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    count = max(min(free_pages(connection) - max(PAGES_FREE, pages // 4), PAGES_AT_ONCE), 0)
    for _ in range(count):
        connection.execute("PRAGMA incremental_vacuum(1)")  # through this module, each does one page, whatever it says
    return count
