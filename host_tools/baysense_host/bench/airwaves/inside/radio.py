"""A radio of the firmware's interface; its frames cross the host's air."""

from binascii import hexlify, unhexlify

from baysense.lorawan.airtime import airtime_us
from baysense_host.bench.airwaves.inside import line
from baysense_host.bench.airwaves.inside.power import power


class Radio:
    """Stands for a driver and its chip."""

    min_dbm, max_dbm = -9, 22  # SX1262
    max_symbols = 248
    rssi_dbm = snr_db = 0

    def start(self) -> None:
        """Be ready."""

    def sleep(self) -> None:
        """Nothing draws current here."""

    def prepare_send(self, data: bytes, freq_hz: int, sf: int, bw_khz: int, power_dbm: int) -> None:
        """Take a frame and how it is sent."""
        self._frame = freq_hz, sf, bw_khz, power_dbm, hexlify(data).decode()
        self._airtime_us = airtime_us(len(data), sf, bw_khz)

    def send(self) -> int:
        """Send it; return the tick at which it begins."""
        power.step()
        line.say("s", power.now_us, *self._frame)
        power.on_air = True
        self._ends_us = power.now_us + self._airtime_us
        return power.ticks_us()

    def sent(self, timeout_ms: int) -> int:
        """Wait for its end; return the tick."""
        power.now_us = self._ends_us
        return power.ticks_us()

    def prepare_receive(self, freq_hz: int, sf: int, bw_khz: int, symbols: int) -> None:
        """Take what to listen to."""
        self._window = freq_hz, sf, bw_khz, symbols

    def receive(self) -> int:
        """Open the window."""
        self._opened_us = power.now_us
        return power.ticks_us()

    def received(self, timeout_ms: int) -> bytes | None:
        """Return what was heard."""
        power.now_us = self._opened_us
        line.say("r", power.now_us, power.now_us + power.ahead_us, timeout_ms, *self._window)
        answer = line.heard()
        power.go_on(int(answer[1]))
        if answer[0] != "h":
            return None
        self.rssi_dbm, self.snr_db = int(answer[2]), int(answer[3])
        return unhexlify(answer[4])
