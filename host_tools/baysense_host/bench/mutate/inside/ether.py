"""What a Mac stands on: a radio that hears what it is told to, a clock that never waits, and a store in memory."""

import random

TICKS = 1 << 30  # as time.ticks_us on the chip
_STARTED_US = TICKS - 5_000_000  # soon the ticks wrap


class Clock:
    """Time that passes only when somebody waits; the same seed gives the same random numbers."""

    def __init__(self, now_us: int, seed: int) -> None:
        self.now_us = now_us
        self.held = False
        self._seed = seed

    def copy(self) -> "Clock":
        """Return a clock that goes on from here by itself."""
        return Clock(self.now_us, self._seed)

    def ticks_us(self) -> int:
        """See the contract of the MAC."""
        return (_STARTED_US + self.now_us) & TICKS - 1

    def add_us(self, ticks: int, us: int) -> int:
        """See the contract of the MAC."""
        return (ticks + us) & TICKS - 1

    def since_us(self, later: int, earlier: int) -> int:
        """See the contract of the MAC."""
        return ((later - earlier + TICKS // 2) & TICKS - 1) - TICKS // 2

    def wait_until(self, t_us: int) -> None:
        """See the contract of the MAC."""
        self.now_us += max(0, self.since_us(t_us, self.ticks_us()))

    def now_ms(self) -> int:
        """See the contract of the MAC."""
        return self.now_us // 1000

    def collect(self) -> None:
        """See the contract of the MAC."""
        self.held = True

    def release(self) -> None:
        """See the contract of the MAC."""
        self.held = False

    def random(self, n: int) -> int:
        """See the contract of the MAC."""
        self._seed = (self._seed * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._seed >> 8) % n


class Store:
    """Flash and RTC memory."""

    def __init__(self, saved: bytes = b"", nonce: int = 0) -> None:
        self.saved, self.nonce = saved, nonce
        self.kept = b""

    def copy(self) -> "Store":
        """Return a store that goes on from here by itself."""
        return Store(self.saved, self.nonce)

    def reserve_nonce(self) -> int:
        """See the contract of the MAC."""
        self.nonce += 1
        return self.nonce

    def load(self) -> bytes:
        """See the contract of the MAC."""
        return self.saved

    def save(self, session: bytes) -> None:
        """See the contract of the MAC."""
        self.saved = session

    def retain(self, dump: bytes) -> None:
        """See the contract of the MAC."""
        self.kept = dump


class Sent:
    """One transmission, as it was commanded."""

    def __init__(self, data: bytes, hz: int, sf: int, bw_khz: int) -> None:
        self.data, self.hz, self.sf, self.bw_khz = data, hz, sf, bw_khz


class Radio:
    """A radio driver whose windows hear, one after another, what is in `frames`; then nothing."""

    min_dbm, max_dbm, max_symbols = -9, 22, 255  # as drivers.sx126x

    def __init__(self, clock: Clock, frames: "list[bytes | None]") -> None:
        self._clock, self.frames = clock, frames
        self.rssi_dbm = self.snr_db = 0
        self.awake = False
        self.sent_frames: list[Sent] = []
        self.heard: list[bytes] = []

    def start(self) -> None:
        """See the contract of a driver."""
        self.awake = True

    def prepare_send(self, data: bytes, freq_hz: int, sf: int, bw_khz: int, power_dbm: int) -> None:
        """See the contract of a driver."""
        self.sent_frames.append(Sent(bytes(data), freq_hz, sf, bw_khz))

    def send(self) -> int:
        """See the contract of a driver."""
        return self._clock.ticks_us()

    def sent(self, timeout_ms: int) -> int | None:
        """Return when the frame's end was seen: what the MAC waits for at most, less its margin."""
        self._clock.now_us += (timeout_ms - 200) * 1000
        return self._clock.ticks_us()

    def prepare_receive(self, freq_hz: int, sf: int, bw_khz: int, symbols: int) -> None:
        """See the contract of a driver."""

    def receive(self) -> int:
        """See the contract of a driver."""
        return self._clock.ticks_us()

    def received(self, timeout_ms: int) -> bytes | None:
        """Return what this window hears, in time."""
        frame = self.frames.pop(0) if self.frames else None
        self._clock.now_us += timeout_ms * 1000
        if frame is not None:
            self.heard.append(frame)
            self.snr_db = random.randrange(-32, 128)  # as far as a register may say
        return frame

    def sleep(self) -> None:
        """See the contract of a driver."""
        self.awake = False
