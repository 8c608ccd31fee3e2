"""`python -m audit summary`: what happened in a run, anomalies first."""

import argparse
import shutil
import sys
import time

import msgspec

from audit.arguments import add_directory, directory_of
from audit.reading import read
from audit.summary_anomalies import anomalies_of
from audit.summary_facts import summary_of
from audit.summary_text import text_of
from audit.timeline_text import painter_for

_DESCRIPTION = """\
Sum up a run: what is wrong or unusual, who led when and how each election went, how far each replica applied the log,
what clients asked and were answered, what was sent, lost and dropped. Times are in seconds since the run began."""
_EPILOG = """\
examples:
  python -m audit summary                 the newest run under ./runs
  python -m audit summary runs/run-1
  python -m audit summary runs/run-1 --json | jq .summary.leaderships

exit code: 0; 1 when something is wrong (marked WRONG), damage of the trail included; 2 when nothing can be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take a directory."""
    parser.description = _DESCRIPTION
    parser.epilog = _EPILOG
    add_directory(parser)
    parser.add_argument("--json", action="store_true", help="for machines: everything, as one JSON object")


def run(parsed: argparse.Namespace) -> int:
    """Print the summary; raises ReadError."""
    summary = summary_of(read(directory_of(parsed)), now_s=time.time())
    anomalies = anomalies_of(summary)
    if parsed.json:
        built = msgspec.to_builtins({"anomalies": anomalies, "summary": summary}, str_keys=True, enc_hook=str)
        sys.stdout.write(msgspec.json.encode(built).decode() + "\n")
    else:
        width = shutil.get_terminal_size().columns
        sys.stdout.write(text_of(summary, width=width, painter=painter_for(sys.stdout)))
    return 1 if any(anomaly.is_wrong for anomaly in anomalies) else 0
