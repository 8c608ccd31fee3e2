"""Workers of a Dask cluster: the same lots, on as many machines as a scheduler knows.

The package `distributed` is imported when a scheduler is named, and not before: nothing else needs it.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from simulator.explore.campaign import other_code
from simulator.explore.lots import Lot, code_digest, play_lot
from simulator.explore.workers import Pending, Work, WorkersError

_PATIENCE_S: Final = 10
_IN_RESERVE: Final = 2
"""So many lots for each thread of a worker, that none waits for the next."""
_LOGGERS: Final = ("distributed", "distributed.client")
_START_IT: Final = "start it in this checkout, with the Python of its environment and PYTHONPATH=. set"


class Client(Protocol):
    """As much of `distributed.Client` as is used here."""

    def submit(self, work: Work, lot: Lot, /, *, pure: bool) -> Pending:
        """Have a worker call `work`."""

    def run(self, function: Callable[[], str], /) -> Mapping[str, str]:
        """Call `function` on every worker: what each said, by its address."""

    def wait_for_workers(self, n_workers: int, timeout: float) -> object:
        """Wait until there are so many; raises TimeoutError."""

    def nthreads(self) -> Mapping[str, int]:
        """How many tasks each worker does at the same time."""

    def close(self, timeout: float) -> object:
        """Leave the cluster; what is still to be done for this client is forgotten."""


class Connect(Protocol):
    """The constructor of `distributed.Client`."""

    def __call__(self, address: str, /, *, timeout: float, set_as_default: bool) -> Client:
        """Connect to a scheduler; raises OSError, which TimeoutError is, or ValueError for what is no address."""


class Dask:
    """The workers that the scheduler at `address` knows, those also that join later."""

    def __init__(
        self, address: str, work: Work = play_lot, *, patience_s: float = _PATIENCE_S, connect: Connect | None = None
    ) -> None:
        self._address: Final = address
        self._work: Final = work
        self._patience_s: Final = patience_s
        self._client: Final = _connected(connect or _distributed(), address, patience_s)
        try:
            self._check_workers()
        except BaseException:
            self.close(at_once=True)
            raise

    @property
    def capacity(self) -> int:
        """As the cluster is at present: workers come and go."""
        return _IN_RESERVE * max(1, sum(self._client.nthreads().values()))

    def submit(self, lot: Lot) -> Pending:
        """Have a lot played wherever there is room."""
        return self._client.submit(self._work, lot, pure=False)

    def explain(self, error: Exception) -> WorkersError:
        """What the cluster says about a lot that it could not play."""
        what = (str(error) or type(error).__name__).partition("\n")[0].rstrip(". ")
        if "deserializ" in what:
            return WorkersError(f"The Dask scheduler at {self._address} cannot import this program: {_START_IT}.")
        return WorkersError(f"The Dask workers at {self._address} did not play a lot of seeds to its end: {what}.")

    def close(self, *, at_once: bool) -> None:
        """Leave the cluster; its workers stay, and a lot that is being played is played in vain."""
        del at_once
        self._client.close(timeout=self._patience_s)

    def _check_workers(self) -> None:
        """Find out before the first lot what would spoil every one."""
        try:
            self._client.wait_for_workers(1, timeout=self._patience_s)
        except TimeoutError:
            raise WorkersError(
                f"The Dask scheduler at {self._address} has no workers: start some with 'dask worker {self._address}'."
            ) from None
        try:
            codes = self._client.run(code_digest)
        except Exception as error:  # noqa: BLE001 (an import that fails on a worker comes back as a plain Exception)
            raise WorkersError(f"A Dask worker cannot run this program ({error}): {_START_IT}.") from None
        for code in codes.values():
            if code != code_digest():
                raise other_code(code, code_digest())


def _distributed() -> Connect:
    try:
        module = importlib.import_module("distributed")
    except ImportError:
        raise WorkersError(
            "--dask needs the package 'distributed', which is not installed; it is the extra 'dask' of pyproject.toml."
        ) from None
    connect: Connect = module.Client
    return connect


def _connected(connect: Connect, address: str, patience_s: float) -> Client:
    for name in _LOGGERS:  # what matters of what they say is said in one sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return connect(address, timeout=patience_s, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(". ") or "it does not answer"
        raise WorkersError(
            f"The Dask scheduler at {address} cannot be reached within {patience_s:g} s: {reason}."
        ) from None
