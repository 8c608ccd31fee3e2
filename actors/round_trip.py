"""How long an answer may take before it counts as lost."""

from typing import Final

_GAIN: Final = 1 / 8
_VARIATION_GAIN: Final = 1 / 4


class RoundTrip:
    """A smoothed round-trip time and the retransmission timeout that follows from it (RFC 6298, section 2).

    Every append carries the instant of its sending and every answer echoes it, so no sample is ambiguous.
    """

    def __init__(self, *, timeout_min_s: float) -> None:
        self._timeout_min_s: Final = timeout_min_s
        self._smoothed_s: float | None = None
        self._variation_s = 0.0

    def sample(self, seconds: float) -> None:
        """Take one more measurement into account."""
        if self._smoothed_s is None:
            self._smoothed_s = seconds
            self._variation_s = seconds / 2
            return
        self._variation_s += _VARIATION_GAIN * (abs(self._smoothed_s - seconds) - self._variation_s)
        self._smoothed_s += _GAIN * (seconds - self._smoothed_s)

    @property
    def expected_s(self) -> float:
        """A mean and four variations: who takes longer lost it, probably. Without a measure, twice the bound."""
        if self._smoothed_s is None:
            return 2 * self._timeout_min_s
        return self._smoothed_s + 4 * self._variation_s

    @property
    def timeout_s(self) -> float:
        """As long as is expected, and no less than the bound."""
        return max(self._timeout_min_s, self.expected_s)
