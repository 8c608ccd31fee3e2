"""What a built-in scenario is."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from simulator.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A configuration, and what it is about in a line."""

    description: str
    config: Config

    def as_file(self) -> bytes:
        """Write the configuration as a file that other simulators of the contract accept too."""
        return msgspec.json.format(msgspec.json.encode(self.config), indent=2) + b"\n"
