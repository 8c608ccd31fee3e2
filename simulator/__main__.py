"""`python -m simulator`: the command, once it is known that what it needs is there.

What stands here must parse and work on any Python 3, so the rest is imported late.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

NEEDED = ("msgspec", "rich")


def require_environment() -> None:
    """End with a sentence and exit code 2 when this Python cannot run the simulator."""
    if sys.version_info >= (3, 11) and all(importlib.util.find_spec(name) for name in NEEDED):
        return
    root = Path(__file__).resolve().parent.parent
    sentence = "The simulator needs Python 3.11 or newer with {}: run 'make environment' in {} once, then use {}.\n"
    sys.stderr.write(sentence.format(", ".join(NEEDED), root, root / ".venv" / "bin" / "python"))
    sys.exit(2)


if __name__ == "__main__":
    require_environment()
    from simulator.program import main

    sys.exit(main(sys.argv[1:]))
