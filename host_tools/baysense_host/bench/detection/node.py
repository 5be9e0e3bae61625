"""The firmware's detector as the node runs it: asleep until the field deviates, looked at every hour.

What the node does around its detector (`sensing.py`, `glance.py`, `service.py`) in a form that lives through a month
in seconds: the detector, its dump over every sleep and the wake budget are the firmware's own; registers, flash and
radio are left out. `tests/host/test_detection_node.py` holds it against the whole node on the virtual board.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from baysense.core import faults, tuning
from baysense.core.budget import WakeBudget
from baysense.core.config import defaults
from baysense.core.detector import CHANGED, CONFIRM, HOLD, REST, Detector
from baysense.core.faults import names
from baysense.core.state import STATE_NAMES, UNKNOWN
from baysense_host.bench.detection.readings import PERIOD_S, Over, Reading, Readings, SupplyLost
from baysense_host.bench.detection.site import Site
from baysense_host.bench.detection.watch import Decision, Watch

# Times as the virtual board takes them.
_BOOT_S = 0.4  # from the pin to the first sample but one
_REPORT_S = 0.4  # without the radio; meanwhile nothing is sampled, but the pin keeps what it saw
_ASK_S = 1.8  # five readings of the range sensor (`ranging.py`)
# Of the firmware: `service.py`, `sensing.py`, `node.py`, `glance.py`.
_FIRST_S = 10.0  # a node that got its supply stays awake for `console_s` ...
_REST_S = 0.5  # ... and looks so often while nothing moves
_QUIET_SAMPLES = 4
_ARM_TRIES = 3
_ONSET_SAMPLES = 8
_RETRY_S, _LONGEST_RETRY_S = 60.0, 3600.0  # between looks at the bay while the pin cannot be armed
_CALM, _AWAY, _MOST = 20, 15, 40  # samples of a glance
_CHECK_S = 3600.0  # between two looks at the range sensor unasked
_OF_SENSOR = faults.SENSOR_STUCK | faults.SENSOR_SATURATED | faults.MAGNET
_BY_DETECTOR = _OF_SENSOR | faults.CALIBRATING | faults.CHATTER

Kept = list[tuple[float, Reading]]  # time [s] of each


def watch(site: Site, use_range: bool) -> Watch:
    """Let the node watch a site."""
    node = _Node(site, use_range)
    node.live()
    return node.told


class _Node:
    """One node; `_detector` is made anew at every wake, from what the one before remembered."""

    def __init__(self, site: Site, use_range: bool) -> None:
        self.told = Watch()
        self._rng = np.random.default_rng([*site.name.encode(), round(100 * site.scale), use_range, site.noise_seed])
        self._readings = Readings(site, self._rng)
        self._ranger = site.ranger if use_range else None
        self._config: dict[str, Any] = {**defaults(), **site.settings, "confirm_range": self._ranger is not None}
        self._epoch_s = self._base_s = self._due_s = self._check_due_s = self._busy_until_s = 0.0
        self._detector: Detector
        self._on_flash = b""  # memory as the last event left it
        self._forget()

    @property
    def _now_s(self) -> float:
        return self._readings.now_s

    @property
    def _device_s(self) -> int:
        return int(self._now_s - self._epoch_s)

    def live(self) -> None:
        """Live from the first row of the site to its end."""
        while True:
            try:
                self._serve()
                while True:
                    self._sleep()
            except SupplyLost:
                self._forget()
            except Over:
                return

    def _forget(self) -> None:
        """Lose RTC memory; flash has what the last event left there."""
        self._memory = self._on_flash
        self._budget = WakeBudget()
        self._armed_nt = self._unarmed = self._faults = 0
        self._held_back: Decision | None = None

    def _serve(self) -> None:
        """Get the supply: device time counts anew, and the node stays awake for a while."""
        self._epoch_s = self._check_due_s = self._now_s
        self._begin(self._now_s)
        self._detector.restart()
        self._tell(self._decision(self._now_s))
        until_s = self._now_s + _FIRST_S
        while self._now_s < until_s or self._detector.moving:
            if not self._decided(HOLD):
                self._check()
            self._readings.wait(_REST_S - PERIOD_S)
        self._due_s = self._now_s
        self._settle()

    def _sleep(self) -> None:
        """Sleep until the field deviates, a heartbeat is due or an unwatched bay is to be looked at; then wake."""
        until_s, threshold_nt = self._due_s, self._armed_nt
        if self._unarmed:
            until_s = min(until_s, self._now_s + min(_RETRY_S * 2 ** (self._unarmed - 1), _LONGEST_RETRY_S))
            threshold_nt = 1 << 30
        deviates = self._readings.sleep(self._detector.settled, threshold_nt, until_s)
        self.told.wakes += 1
        woke_s = self._now_s
        self._readings.wait(max(self._busy_until_s - woke_s, 0.0) + _BOOT_S)
        if not deviates:
            self._look()
        else:
            known = self._detector.state != UNKNOWN
            self._meet(glance=known and not self._unarmed and self._now_s < self._due_s)

    def _meet(self, glance: bool) -> None:
        """Find out what deviates: at a glance, or else with all that the glance saw through the detector."""
        begun_s = self._now_s
        kept: Kept = []
        if glance and self._passed(kept) and self._dismissed():
            return
        self._begin(begun_s)
        verdict = HOLD
        for at_s, reading in kept:
            verdict = self._sampled(at_s, reading)
            if verdict != HOLD:
                break
        changed = self._decided(verdict)
        self._budget.wake(changed, self._device_s)
        self._settle()

    def _passed(self, kept: Kept) -> bool:
        """Sample until it is clear whether something small passed and is gone."""
        peak_nt = self._config["occupied_nt"] * tuning.NEIGHBOUR_PEAK_PERCENT // 100
        rest_nt = self._config["occupied_nt"] * tuning.NOTHING_PERCENT // 100
        calm = away = 0
        while len(kept) < _MOST:
            reading = self._readings.read()
            kept.append((self._now_s, reading))
            away_nt = self._away_nt(reading)
            calm, away = (calm + 1, 0) if away_nt <= rest_nt else (0, away + 1)
            if away_nt > peak_nt or away == _AWAY or calm == _CALM:
                break
        return calm == _CALM

    def _dismissed(self) -> bool:
        """Sleep on without the detector, unless something deviates still or another threshold is due."""
        if self._away_nt(self._readings.read()) > self._armed_nt:
            return False
        budget = WakeBudget(self._budget.dump())
        budget.wake(False, self._device_s)
        if budget.level != self._budget.level:
            return False
        self._budget = budget
        return True

    def _look(self) -> None:
        """Take a quiet reading, and look at the range sensor now and then."""
        self._begin(self._now_s)
        self._budget.decay(self._device_s)
        taken = np.array([self._readings.read() for _ in range(_QUIET_SAMPLES)])
        x, y, z, cdeg = (int(value) for value in taken.mean(0))
        self._decided(self._detector.rest(self._ms(self._now_s), x, y, z, cdeg))
        self._check()
        self._settle()

    def _check(self) -> None:
        """Look at the range sensor unasked, when that is due."""
        if self._ranger is not None and self._now_s >= self._check_due_s:
            self._check_due_s = self._now_s + _CHECK_S
            at_ms = self._ms(self._now_s)
            self._decided(self._detector.audit(at_ms, self._above()))

    def _begin(self, base_s: float) -> None:
        """Set the detector to work, with what it remembers."""
        self._base_s = base_s
        self._detector = Detector(self._config, self._memory or None, int(base_s - self._epoch_s))
        self._detector.faults |= self._faults & _OF_SENSOR

    def _sampled(self, at_s: float, reading: Reading) -> int:
        self.told.samples += 1
        return self._detector.sample(self._ms(at_s), *reading)

    def _decided(self, verdict: int) -> bool:
        """Do what the detector asks for until it wants no more; return whether the state changed."""
        while verdict in (HOLD, CONFIRM):
            if verdict == CONFIRM:
                self.told.asked += 1
                verdict = self._detector.confirm(self._above())
            else:
                verdict = self._sampled_next()
        chatter = faults.CHATTER if self._detector.chatter else 0
        self._set_faults(_BY_DETECTOR, self._detector.faults | chatter)
        self._detector.faults &= _BY_DETECTOR
        if verdict != CHANGED:
            return False
        self._on_flash = self._detector.dump()
        decision = self._decision(self._base_s + self._detector.event_ms / 1000)
        self._held_back = decision if self._detector.chatter else None
        if self._held_back is None:
            self._tell(decision)
        return True

    def _onset(self) -> int:
        """Sample a little, whatever the detector says: its filter hides the first of a movement."""
        verdict = REST
        for _ in range(_ONSET_SAMPLES):
            verdict = self._sampled_next()
            if verdict not in (HOLD, REST):
                break
        return verdict

    def _sampled_next(self) -> int:
        reading = self._readings.read()
        return self._sampled(self._now_s, reading)

    def _above(self) -> bool | None:
        """Ask the range sensor."""
        assert self._ranger is not None
        present, blocked = self._ranger.vehicle_above(self._now_s, self._rng)
        self._set_faults(faults.RANGE_BLOCKED, faults.RANGE_BLOCKED if blocked else 0)
        self._readings.wait(_ASK_S)
        return present

    def _settle(self) -> None:
        """Arm the wake pin, or after some tries let it be; remember, and report what is due."""
        self._unarmed += 1
        for tried in range(_ARM_TRIES):
            self._armed_nt = self._budget.threshold_nt(self._config["wake_threshold_nt"]) << tried
            self._readings.wait(2 * PERIOD_S)
            if max(self._away_nt(self._readings.read()) for _ in range(2)) <= self._armed_nt:
                self._unarmed = 0
                break
            self._decided(HOLD)
        self._set_faults(faults.PIN_STUCK, faults.PIN_STUCK if self._unarmed else 0)
        self._memory = self._detector.dump()
        if self._now_s >= self._due_s:
            self._beat()

    def _beat(self) -> None:
        """Tell the present state, a change that was held back too."""
        self._due_s = self._now_s + self._config["heartbeat_s"]
        self.told.confidences.append((self._now_s, self._detector.confidence / 100))
        if self._held_back is not None:
            self._tell(replace(self._held_back, told_s=self._now_s))
            self._held_back = None

    def _set_faults(self, of: int, present: int) -> None:
        """Take note of those faults that there are now of some; a new one is told at once, with a heartbeat."""
        fresh = present & ~self._faults
        self._faults = self._faults & ~of | present
        if not fresh:
            return
        self._due_s = self._now_s
        self.told.messages += 1
        known = {name for _, name in self.told.faults}
        self.told.faults += [(self._now_s, name) for name in names(fresh) if name not in known]

    def _tell(self, decision: Decision) -> None:
        self.told.decisions.append(decision)
        self.told.messages += 1
        self._busy_until_s = self._now_s + _REPORT_S

    def _decision(self, event_s: float) -> Decision:
        detector = self._detector
        sure = detector.confidence / 100
        return Decision(self._now_s, event_s, STATE_NAMES[detector.state], sure, detector.cause, detector.swap)

    def _away_nt(self, reading: Reading) -> int:
        """Return how far a reading is from the field that the pin watches, on the axis where it is farthest."""
        settled = self._detector.settled
        return max(abs(reading[axis] - settled[axis]) for axis in range(3))

    def _ms(self, at_s: float) -> int:
        return round((at_s - self._base_s) * 1000)
