"""A run as a picture: one HTML file with everything in it, which opens from disk and asks no network.

`picture` computes what is to be seen (`timing`, `messages`, `bands`, `requests`), `html` puts it into the page, and
`assets/` is the page itself: what a browser draws, and how a person moves in it.
"""

from audit.page.html import page, write_page

__all__ = ["page", "write_page"]
