"""A vehicle as two dipoles that drives into and out of a bay, in integers, for tests of the detector."""

from baysense.core.detector import CHANGED, CONFIRM, Detector

CONFIG = {"occupied_nt": 6000, "free_nt": 2500, "wake_threshold_nt": 2500, "confirm_range": False}
EARTH_NT = (16000, -8000, 46900)  # Luebeck: 18 uT horizontal, 46.9 uT down
SEDAN = ((1500, 40, 25, 70), (-1300, 20, -10, 55))  # offset along the car [mm], moment x y z [A m2]
HEIGHT_MM = 450
STEP_MS = 100


class Bay:
    """One sensor, one detector, one clock; `drift_nt` and `temp_cdeg` may be set by a test."""

    def __init__(self, seed: int = 1, noise_nt: int = 350, config: dict = CONFIG) -> None:
        self.config = config
        self.detector = Detector(config)
        self.t_ms = 0
        self.temp_cdeg = 1500
        self.drift_nt = [0, 0, 0]
        self.parked: list = []  # (parts, x mm, y mm) of standing vehicles
        self.changes: list = []  # (state, cause, event_ms)
        self.answer: bool | None = None
        self.asked = 0
        self._noise_nt, self._random = noise_nt, seed

    def field(self, vehicles: list) -> list:
        """Return a noisy reading [nT]."""
        total = [EARTH_NT[axis] + self.drift_nt[axis] + self._gauss() for axis in range(3)]
        for parts, x_mm, y_mm in vehicles:
            for offset_mm, mx, my, mz in parts:
                _add_dipole(total, x_mm + offset_mm, y_mm, mx, my, mz)
        return total

    def step(self, moving: list = (), glitch_nt: int = 0) -> int:
        """Take one sample with these vehicles besides the parked ones."""
        x, y, z = self.field(self.parked + list(moving))
        result = self.detector.sample(self.t_ms, x + glitch_nt, y, z, self.temp_cdeg)
        if result == CONFIRM:
            self.asked += 1
            result = self.detector.confirm(self.answer)
        if result == CHANGED:
            self.changes.append((self.detector.state, self.detector.cause, self.detector.event_ms))
        self.t_ms += STEP_MS
        return result

    def wait(self, seconds: int) -> int:
        """Let time pass with nothing moving; return the last result."""
        result = 0
        for _ in range(seconds * 1000 // STEP_MS):
            result = self.step()
        return result

    def arrive(self, parts: tuple = SEDAN, x_mm: int = 0, y_mm: int = 0, far_mm: int = 12000) -> int:
        """Drive in, 2 m/s braking with 1 m/s2; return when it stood [ms]."""
        track = _track(far_mm)
        for along_mm in reversed(track):
            self.step([(parts, x_mm + along_mm, y_mm)])
        self.parked.append((parts, x_mm, y_mm))
        return self.t_ms - STEP_MS

    def leave(self, index: int = 0, clear_mm: int = 4800, far_mm: int = 12000) -> int:
        """Drive out; return when the outline no longer overlapped the bay [ms]."""
        parts, x_mm, y_mm = self.parked.pop(index)
        clear_ms = 0
        for along_mm in _track(far_mm):
            if along_mm >= clear_mm and not clear_ms:
                clear_ms = self.t_ms
            self.step([(parts, x_mm + along_mm, y_mm)])
        return clear_ms

    def sleep(self, seconds: int) -> None:
        """Sleep as a battery node does: only dump() survives; device time goes on."""
        retained = self.detector.dump()
        clock_s = self.detector.now_s(self.t_ms) + seconds
        self.detector = Detector(self.config, retained, clock_s)
        self.t_ms = 0

    def heartbeat(self) -> int:
        """Give the detector an averaged quiet reading."""
        readings = [self.field(self.parked) for _ in range(4)]
        x, y, z = [sum(r[axis] for r in readings) // 4 for axis in range(3)]
        return self.detector.rest(self.t_ms, x, y, z, self.temp_cdeg)

    def _gauss(self) -> int:
        """Return noise of this rms: twelve uniform numbers add up to one of variance 1."""
        total = -6 * 65536
        for _ in range(12):
            self._random = (self._random * 1103515245 + 12345) & 0x7FFFFFFF
            total += self._random >> 15
        return total * self._noise_nt >> 16


def _track(far_mm: int) -> list:
    """Return places along the way out of the bay, every STEP_MS, first the parked one [mm]."""
    places, place_um, speed = [], 0, 0  # speed in mm/s
    while place_um < far_mm * 1000:
        places.append(place_um // 1000)
        speed = min(2000, speed + STEP_MS)  # 1 m/s2
        place_um += speed * STEP_MS
    return places


def _add_dipole(total: list, x_mm: int, y_mm: int, mx: int, my: int, mz: int) -> None:
    """Add a dipole's field at the sensor: 100 nT m3 / (A m2) (3 r (m r) / r2 - m) / r3."""
    rx, ry, rz = -x_mm, -y_mm, HEIGHT_MM  # from the dipole down to the sensor
    r2 = rx * rx + ry * ry + rz * rz
    r3 = r2 * _root(r2)
    along = mx * rx + my * ry + mz * rz
    for axis, r, m in ((0, rx, mx), (1, ry, my), (2, rz, mz)):
        total[axis] += (3 * along * r * 100_000_000_000 // r2 - m * 100_000_000_000) // r3


def _root(value: int) -> int:
    guess = value
    better = (guess + 1) // 2
    while better < guess:
        guess, better = better, (better + value // better) // 2
    return guess
