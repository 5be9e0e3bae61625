"""The state of a bay from its magnetic field: a Bayesian filter over settled vectors.

Pure and in integers: field [nT], temperature of the magnetometer's die [cdeg], time [ms] since
`clock_s`, the device time [s] at construction. `sample` allocates nothing while the field is quiet
or moving, provided t_ms stays below 2^30; a decision may.

A belief changes only after a movement (or a jump no drift explains) has settled: thermal drift alone
never frees or fills a bay. A first power-up takes the first settled field as that of the empty bay and
says so by confidence 50, cause "calibrated" and the fault `calibrating`; with a range sensor it asks.
Which field is the empty bay's shows when it comes back (places.py).

A heartbeat of a quiet bay needs only this file and the memory; `tracker` is loaded by the first
sample() and `judge` by the first movement that may have been a vehicle's.
"""

from baysense.core import faults, tuning
from baysense.core.geometry import size_nt
from baysense.core.memory import COMMISSIONED, LOST, PROVEN, Memory
from baysense.core.state import FREE, OCCUPIED, UNKNOWN

HOLD = 0  # keep sampling
REST = 1  # nothing to learn now: may sleep
CHANGED = 2  # read state, cause, confidence, event_ms
CONFIRM = 3  # ask the range sensor, then call confirm()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from baysense.core.tracker import Tracker


class Detector(Memory):
    """Decide free, occupied or unknown; keep what must outlive a sleep in dump()."""

    config: dict
    faults: int  # of the sensor and its place: FAULTS
    unwatched: bool  # a restart hid what came or went meanwhile: whatever is found first is doubtful
    resumed: bool  # the last change took up what held before the field was lost, or nobody supported it any more

    def __init__(self, config: dict, retained: bytes | None = None, clock_s: int = 0) -> None:
        """Take up a dump(); without one that fits, calibrate from the first settled field."""
        super().__init__(retained, clock_s)
        self.config = config
        self.typical_nt = self.typical_nt or config["occupied_nt"] * tuning.TYPICAL_PERCENT // 100
        self.faults = 0 if self.flags & PROVEN else faults.CALIBRATING
        self._tracker: Tracker | None = None
        self._day_asked = self.resumed = self.unwatched = False

    @property
    def moving(self) -> bool:
        """Tell whether the field is not settled."""
        return self._tracker is not None and self._tracker.moving

    def restart(self) -> None:
        """Note that nobody watched for a while: the range sensor, if there is one, is asked about what is found."""
        known = self.flags & COMMISSIONED and self.state != UNKNOWN
        self.unwatched = bool(known and self.config["confirm_range"])

    def sample(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int, temp_cdeg: int) -> int:
        """Take one awake sample, every 100 to 500 ms; return HOLD, REST, CHANGED or CONFIRM."""
        self.temp_cdeg = temp_cdeg
        if self._tracker is None:
            from baysense.core.tracker import Tracker

            self._tracker = Tracker(self)
        return self._tracker.sample(t_ms, x_nt, y_nt, z_nt)

    def rest(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int, temp_cdeg: int) -> int:
        """Take an averaged vector of a quiet field, as at a heartbeat.

        Returns REST, CHANGED or CONFIRM (occupied for a day), or HOLD when the field jumped since it
        last settled or was never calibrated: go on with sample().
        """
        self.field = [x_nt, y_nt, z_nt]
        self.temp_cdeg = temp_cdeg
        frozen = self.field == list(self.settled)  # four samples never average to the same three numbers twice
        if frozen or not self.flags & COMMISSIONED or self.jumped():
            return HOLD
        return self.keep(t_ms)

    def jumped(self) -> bool:
        """Tell whether the present field is farther from where it rested than drift explains, or was lost."""
        return bool(self.flags & LOST) or self.strayed(tuning.JUMP_PERCENT)

    def strayed(self, percent: int) -> bool:
        """Tell whether the present field is so far from where it rested, in percent of what is usual."""
        return self.weighed_nt(self.step_nt(), self.spread_nt()) >= tuning.SPREAD_NT * percent // 100

    def confirm(self, present: bool | None) -> int:
        """Take the range sensor's answer, None when there is none; return REST or CHANGED."""
        if self._day_asked:
            self._day_asked = False
            return self._confirm_day(present)
        return self._tracker.confirm(present) if self._tracker else REST

    def audit(self, t_ms: int, present: bool | None) -> int:
        """Take what the range sensor saw at a heartbeat, unasked; return REST or CHANGED."""
        if present is None or not self.flags & COMMISSIONED:
            return REST
        self.event_ms = t_ms
        if self.flags & LOST:  # the field says nothing: the range sensor has the word, for itself only
            return self._tell(OCCUPIED if present else FREE, 75, "range")
        if present != (self.held == OCCUPIED):
            return self._contradicted_by(present)
        self.support(self.now_s(t_ms))
        return self._tell(self.held, 90, "range") if self.state == UNKNOWN else REST

    def _contradicted_by(self, present: bool) -> int:
        """Believe neither the field nor the range sensor; in the long run the latter, where the field is weak."""
        count = self.contradict()
        weak = not self.flags & PROVEN or present or size_nt(*self.place) < tuning.AUDIT_NT
        if count < tuning.AUDITS_LONG or not weak:
            return self._tell(UNKNOWN, 50, "doubt") if count >= tuning.AUDITS else REST
        self.support(self.now_s(self.event_ms))
        if not present:
            return self.heal(90)
        self.held = OCCUPIED
        return self._tell(OCCUPIED, 75, "range")

    def _tell(self, state: int, confidence: int, cause: str) -> int:
        """Enter a state without a movement, unless it is the present one; return REST or CHANGED."""
        if state == self.state:
            return REST
        resumed = self.state == UNKNOWN and state == self.held
        self.change(state, confidence, cause)
        self.resumed = resumed
        return CHANGED

    def keep(self, t_ms: int) -> int:
        """Quiet and unchanged: what moved is drift, and the frame moves with it."""
        now_s = self.now_s(t_ms)
        if self.held == FREE:
            self.frame.follow(self.step_nt(), self.temp_cdeg)
        else:
            self._follow_vehicle()
        self.settle()
        new_hour = self.count_hour(now_s)
        if self.state == FREE:
            self.empty_s = now_s
            if new_hour:
                self._leak()
        return self._check_day(t_ms)

    def heal(self, confidence: int, proven: bool = True) -> int:
        """Take the place where the field rests for that of the empty bay, whatever it was before."""
        self.held = FREE
        self.empty_here()
        if proven:
            self.prove()
        else:
            self.flags = COMMISSIONED
            self.faults |= faults.CALIBRATING
        self.change(FREE, confidence, "healed")
        return CHANGED

    def empty_here(self) -> None:
        """Make the place where the field rests that of the empty bay."""
        if self.flags & PROVEN and self.is_moved(self.place):
            self.faults |= faults.NODE_MOVED
        self.frame.shift(self.place)
        self.rest_at([0, 0, 0])
        self.returns = 0

    def is_moved(self, place_nt: "list[int] | array[int]") -> bool:
        """Tell whether an empty bay there means that the node was moved or turned."""
        return size_nt(*place_nt) > self.config["occupied_nt"] * tuning.MOVED_PERCENT // 100

    def prove(self) -> None:
        """Note that the bay was just seen empty, and that it looks as we think."""
        self.flags = COMMISSIONED | PROVEN
        self.faults &= ~faults.CALIBRATING
        self.empty_s = self.now_s(self.event_ms)
        for index in range(len(self.places)):
            self.places[index] = 0

    def see_empty(self, certain: bool) -> None:
        """Note that a vehicle left; the empty bay is what different ones leave behind, one's alone may not be."""
        self.empty_s = self.now_s(self.event_ms)
        self.returns = min(255, self.returns + 1)
        others = sum(1 for start in range(3, len(self.places), 4) if self.places[start])
        if certain or self.flags & PROVEN or (self.returns > 1 and others > 1):
            self.prove()

    def _follow_vehicle(self) -> None:
        """Let the frame go with temperature and the vehicle's vector with what else changes slowly."""
        own_nt = self.frame.follow_lag(self.step_nt(), self.temp_cdeg)
        for axis in range(3):
            self.place[axis] += own_nt[axis]

    def _leak(self) -> None:
        """Let neighbours that stay become part of the empty bay, little by little."""
        part = [value // (1 << tuning.LEAK_SHIFT) for value in self.place]
        self.frame.shift(part)
        self.rest_at([self.place[axis] - part[axis] for axis in range(3)])

    def _check_day(self, t_ms: int) -> int:
        """Occupied or in doubt for a day: ask the range sensor, or see what the field alone is worth."""
        if self.state == FREE or not self.stale(self.now_s(t_ms)):
            return REST
        self.event_ms, self._day_asked = t_ms, True
        return CONFIRM if self.config["confirm_range"] else self.confirm(None)

    def _confirm_day(self, present: bool | None) -> int:
        if present is not None:
            return self.audit(self.event_ms, present)
        if self.state == OCCUPIED:
            return self._tell(UNKNOWN, 50, "stale")
        near = self.held == FREE and self.weighed_nt(self.place, self.spread_nt()) < tuning.SPREAD_NT // 2
        return self._tell(FREE, 60, "healed") if near else REST
