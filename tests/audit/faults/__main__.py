"""Finds, for each fault, a seed whose story shows it: `python -m tests.audit.faults [PART_OF_A_NAME]`.

When the code changes, other things happen in the stories, and some fault of the table may need another seed.
"""

import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.reading import read
from audit.records import Took
from audit.verify import Verdict, verify
from tests.audit.faults.copies import told
from tests.audit.faults.table import FAULTS, Fault


def verdict_on(fault: Fault, seed: int) -> Verdict:
    """What comes of one story."""
    with TemporaryDirectory() as scratch:
        return verify(read(told(fault, seed, Path(scratch))))


def shows(fault: Fault, verdict: Verdict) -> bool:
    """Whether the guilty actor and message are those of the table, and the rules are broken."""
    if not verdict.divergences or (fault.fails and not verdict.failures):
        return False
    took = verdict.divergences[0].blamed.record
    is_guilty = isinstance(took, Took) and (took.actor, took.type) == fault.guilty
    return is_guilty and fault.breaks <= {violation.rule for violation in verdict.violations}


def main(part: str) -> None:
    """Print the least seed for each fault whose name has `part` in it, and who is guilty there."""
    for fault in FAULTS:
        if part in fault.name:
            for seed in count(1):
                verdict = verdict_on(fault, seed)
                if shows(fault, verdict):
                    print(f"{fault.name}: seed {seed}, {verdict.divergences[0].guilty}")
                    break


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
