"""The working states of an inverter and how one leads to the next."""

from __future__ import annotations

import math
from typing import Final, Literal

Phase = Literal["standby", "initial-standby", "starting", "run", "key-stop", "fault"]

EFFICIENCY: Final = 0.975
"""Share of the power that is left after the inverter, in either direction."""

# Seconds of (initial standby, starting); hardware takes about three minutes after a stop.
_MORNING: Final = (60.0, 60.0)
_AFTER_STOP: Final = (90.0, 90.0)
_AFTER_FAULT: Final = 60.0


class Sequence:
    """The start-up sequence of one inverter.

    Attributes:
        phase: where it is.
        deadline: when the phase ends by itself, epoch seconds; inf if it does not.
    """

    def __init__(self, phase: Phase) -> None:
        self.phase: Phase = phase
        self.deadline = math.inf
        self._sync = 0.0

    def update(
        self, now: float, *, fault: bool, stopped: bool, ready: bool, able: bool, at_once: bool
    ) -> None:
        """Move to the phase that fits.

        Args:
            now: epoch seconds.
            fault: a fault is active that forbids feeding in.
            stopped: it was told to stop.
            ready: there is enough power to start.
            able: there is enough power to stay connected.
            at_once: skip the sequence of the morning (power is set by hand).
        """
        if fault:
            self._enter("fault", math.inf)
            return
        if stopped:
            self._enter("key-stop", math.inf)
            return
        if self.phase == "fault":
            self._enter("starting", now + _AFTER_FAULT)
        elif self.phase == "key-stop":
            self._sync = _AFTER_STOP[1]
            self._enter("initial-standby", now + _AFTER_STOP[0])
        if self.phase == "standby" and ready:
            if at_once:
                self._enter("run", math.inf)
            else:
                self._sync = _MORNING[1]
                self._enter("initial-standby", now + _MORNING[0])
        if not able:
            self._enter("standby", math.inf)
        elif now >= self.deadline:
            if self.phase == "initial-standby":
                self._enter("starting", now + self._sync)
            else:
                self._enter("run", math.inf)

    def _enter(self, phase: Phase, deadline: float) -> None:
        self.phase = phase
        self.deadline = deadline
