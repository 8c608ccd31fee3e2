"""`python -m audit`: the command, once it is known that what it needs is there.

What stands here must parse and work on any Python 3, so the rest is imported late.
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from pathlib import Path

NEEDED = ("msgspec", "pykka", "structlog")
INTERRUPTED = 130
PIPE_CLOSED = 141
"""As the shell names the end of a program by SIGINT, and by SIGPIPE."""


def require_environment() -> None:
    """End with a sentence and exit code 2 when this Python cannot run the commands."""
    if sys.version_info >= (3, 11) and all(importlib.util.find_spec(name) for name in NEEDED):
        return
    root = Path(__file__).resolve().parent.parent
    sentence = "Reading a trail needs Python 3.11 or newer with {}: run 'make environment' in {} once, then use {}.\n"
    sys.stderr.write(sentence.format(", ".join(NEEDED), root, root / ".venv" / "bin" / "python"))
    sys.exit(2)


def main(arguments: list[str]) -> int:
    """Do what the command line asks, and return the exit code."""
    from audit.arguments import parse  # noqa: PLC0415  # only when it is known that it can be imported
    from audit.files import ReadError  # noqa: PLC0415  # the same

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not know every character
    try:
        module, parsed = parse(arguments)
        code = module.run(parsed)
        sys.stdout.flush()
    except ReadError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return code


if __name__ == "__main__":
    require_environment()
    sys.exit(main(sys.argv[1:]))
