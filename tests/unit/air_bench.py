"""A radio, a clock, a store and a network for tests of the MAC; all without a chip, in virtual time.

The radio takes a frame if at least 5 symbols of its preamble fall into the open window. Ticks wrap as on an ESP32.
"""

from aes_cpython import aes
from baysense.lorawan.airtime import airtime_us, symbol_us
from baysense.lorawan.crypto import Key
from baysense.lorawan.frame import Frames
from baysense.lorawan.mac import Busy, Mac

DEV_EUI, JOIN_EUI, APP_KEY = bytes(range(8)), bytes(range(8, 16)), bytes(range(16, 32))
KEYS = (DEV_EUI, JOIN_EUI, APP_KEY)
TICKS = 1 << 30
_LOCK_SYMBOLS = 5
_PREAMBLE_SYMBOLS = 8
_MULTIPLIER = 0x41C64E6D


class PowerCut(Exception):
    """The supply is gone."""


class Clock:
    """Virtual time; `pause` makes whatever the program does later by what it returns [us]."""

    def __init__(self) -> None:
        self.t_us = TICKS - 3_000_000  # ticks wrap soon
        self.offset_ms = 0
        self.pause = lambda: 0
        self.held = False
        self._seed = 1

    def late(self) -> None:
        self.t_us += self.pause()

    def ticks_us(self) -> int:
        return self.t_us % TICKS

    def since_us(self, later: int, earlier: int) -> int:
        return (later - earlier + TICKS // 2) % TICKS - TICKS // 2

    def add_us(self, ticks: int, us: int) -> int:
        assert 0 <= ticks < TICKS
        return (ticks + us) % TICKS

    def wait_until(self, t_us: int) -> None:
        self.t_us += max(0, self.since_us(t_us, self.ticks_us()))
        self.late()

    def now_ms(self) -> int:
        return self.t_us // 1000 + self.offset_ms

    def wait_s(self, seconds: int) -> None:
        self.t_us += seconds * 1_000_000

    def collect(self) -> None:
        assert not self.held
        self.held = True

    def release(self) -> None:
        assert self.held
        self.held = False

    def random(self, n: int) -> int:
        self._seed = (self._seed * _MULTIPLIER + 12345) & 0x7FFFFFFF
        return (self._seed >> 8) % n


class Store:
    """Flash and RTC memory; `cut` is how many operations are left until the power goes, before or after the next."""

    def __init__(self) -> None:
        self.nonce, self.session, self.retained = 0, b"", b""
        self.cut = None
        self.saves = 0

    def _step(self) -> None:
        if self.cut is not None:
            self.cut -= 1
            if self.cut < 0:
                raise PowerCut

    def reserve_nonce(self) -> int:
        self._step()
        self.nonce += 1
        self._step()
        return self.nonce

    def load(self) -> bytes:
        return self.session

    def save(self, session: bytes) -> None:
        self._step()
        self.session = bytes(session)
        self.saves += 1
        self._step()

    def retain(self, dump: bytes) -> None:
        self._step()
        self.retained = dump
        self._step()


class Radio:
    """Sends to a network, hears what it answers; `sent_frames` and `windows` tell what was commanded and when."""

    min_dbm, max_dbm, max_symbols = -9, 22, 248
    rssi_dbm, snr_db = -80, 7

    def __init__(self, clock: Clock, network: "Network") -> None:
        self._clock, self._network = clock, network
        self.frames: list = []  # (begin [us], frame, hz, sf, bw, dBm)
        self.windows: list = []  # (opened [us], hz, sf, bw, symbols)
        self.ended_late_us = 0  # by which TxDone is told later than computed
        self.done = True
        self.awake = False
        self._setting: tuple = ()

    def start(self) -> None:
        self.awake = True

    def sleep(self) -> None:
        self.awake = False

    def prepare_send(self, data: bytes, hz: int, sf: int, bw_khz: int, power_dbm: int) -> None:
        assert self.awake and self._clock.held
        self._clock.late()
        self._setting = (bytes(data), hz, sf, bw_khz, power_dbm)

    def send(self) -> int:
        data, hz, sf, bw_khz, _ = self._setting
        begin_us = self._clock.t_us
        self.frames.append((begin_us,) + self._setting)
        self._clock.t_us += airtime_us(len(data), sf, bw_khz)
        self._network.hear(data, self._clock.t_us, hz, sf, bw_khz)
        return begin_us % TICKS

    def sent(self, timeout_ms: int) -> int | None:
        end_us = self._clock.t_us + self.ended_late_us
        self._clock.late()
        return end_us % TICKS if self.done else None

    def prepare_receive(self, hz: int, sf: int, bw_khz: int, symbols: int) -> None:
        assert self.awake and self._clock.held and symbols <= self.max_symbols
        self._clock.late()
        self._setting = (hz, sf, bw_khz, symbols)

    def receive(self) -> int:
        self.windows.append((self._clock.t_us,) + self._setting)
        return self._clock.ticks_us()

    def received(self, timeout_ms: int) -> bytes | None:
        hz, sf, bw_khz, symbols = self._setting
        t_us = symbol_us(sf, bw_khz)
        opened_us = self._clock.t_us
        closed_us = opened_us + symbols * t_us
        for begin_us, down_hz, down_sf, down_bw, data in self._network.downlinks:
            heard_us = min(closed_us, begin_us + _PREAMBLE_SYMBOLS * t_us) - max(opened_us, begin_us)
            if (down_hz, down_sf, down_bw) == (hz, sf, bw_khz) and heard_us >= _LOCK_SYMBOLS * t_us:
                self._clock.t_us = begin_us + airtime_us(len(data), sf, bw_khz, False)
                assert self._clock.t_us - opened_us <= timeout_ms * 1000
                return data
        self._clock.t_us = closed_us
        return None


class Network:
    """Lets a device in and answers it once with what `say` got; `error_us` is how late it is."""

    def __init__(self, region: object) -> None:
        self.region = region
        self.downlinks: list = []
        self.uplinks: list = []  # frames
        self.requests: list = []  # join-requests
        self.deaf = False
        self.error_us = 0
        self.window = 1
        self.rx1_offset, self.rx2_rate, self.rx2_hz, self.delay_s = 0, region.RX2_RATE, region.RX2_HZ, 1
        self.cflist = b""
        self.join_nonce = 0
        self.fcnt_down = 0
        self.session: Frames | None = None
        self._keys: tuple = ()
        self._next: bytes | None = None

    def hear(self, data: bytes, end_us: int, hz: int, sf: int, bw_khz: int) -> None:
        self.downlinks = []
        rate = self.region.DATA_RATES.index((sf, bw_khz))
        if data[0] == 0:
            self.requests.append(data)
            if not self.deaf:
                self._answer(self._accept(data), end_us, hz, rate, 5, (0, self.region.RX2_HZ, self.region.RX2_RATE))
            return
        self.uplinks.append(data)
        if self._next is not None and not self.deaf:
            rx = (self.rx1_offset, self.rx2_hz, self.rx2_rate)
            frame, self._next = self._next, None
            self._answer(frame, end_us, hz, rate, self.delay_s, rx)

    def _answer(self, frame: bytes, end_us: int, hz: int, rate: int, delay_s: int, rx: tuple) -> None:
        region = self.region
        begin_us = end_us + delay_s * 1_000_000 + self.error_us
        if self.window == 2:
            begin_us += 1_000_000
            hz, down = rx[1], rx[2]
        else:
            if not region.DYNAMIC:
                first_hz, step_hz = (region.NARROW_HZ, region.NARROW_STEP_HZ)
                if rate == region.WIDE_RATE:
                    first_hz, step_hz = (region.WIDE_HZ, region.WIDE_STEP_HZ)
                hz = region.DOWN_HZ + (hz - first_hz) // step_hz % 8 * region.DOWN_STEP_HZ
            down = max(region.RX1_LOW, min(region.RX1_HIGH, rate + region.RX1_SHIFT - region.RX1_OFFSETS[rx[0]]))
        sf, bw_khz = region.DATA_RATES[down]
        self.downlinks.append((begin_us, hz, sf, bw_khz, frame))

    def _accept(self, request: bytes) -> bytes:
        """Return a join-accept and begin its session."""
        self.join_nonce += 1
        key = Key(APP_KEY)
        plain = bytearray(b"\x20" + self.join_nonce.to_bytes(3, "little") + b"\x13\x00\x00" + b"\x34\x12\x01\x26")
        plain += bytes((self.rx1_offset << 4 | self.rx2_rate, self.delay_s)) + self.cflist
        plain += key.cmac(plain, len(plain))[:4]
        keys = []
        for kind in (1, 2):
            block = bytearray(bytes((kind,)) + bytes(plain[1:7]) + request[17:19] + bytes(7))
            keys.append(bytes(key.encrypt(block, block)))
        self._keys = keys[0], keys[1]
        self.session = Frames(bytes(plain[7:11]), keys[0], keys[1])
        self.fcnt_down = 0
        return plain[:1] + _decrypted(plain[1:])

    def say(
        self, commands: bytes = b"", fport: int | None = None, payload: bytes = b"", confirmed: bool = False,
        ack: bool = False, fcnt: int | None = None,
    ) -> None:  # fmt: skip
        """Answer the next uplink with this."""
        self._next = self.frame(commands, fport, payload, confirmed, ack, fcnt)

    def say_bytes(self, frame: bytes) -> None:
        """Answer the next uplink with these bytes."""
        self._next = frame

    def frame(
        self, commands: bytes = b"", fport: int | None = None, payload: bytes = b"", confirmed: bool = False,
        ack: bool = False, fcnt: int | None = None,
    ) -> bytes:  # fmt: skip
        """Return a downlink, built as a network does: the device's own code, turned around."""
        if fcnt is None:
            fcnt = self.fcnt_down
            self.fcnt_down += 1
        assert self.session
        nwk, app = Key(self._keys[0]), Key(self._keys[1])
        head = bytes((0xA0 if confirmed else 0x60,)) + self.session.dev_addr
        head += bytes(((0x20 if ack else 0) | len(commands), fcnt & 0xFF, fcnt >> 8 & 0xFF)) + commands
        if fport is not None:
            head += bytes((fport,)) + self._crypt(app if fport else nwk, payload, fcnt)
        first = bytearray(b"\x49" + self._about(fcnt) + bytes((0, len(head))))
        return head + bytes(nwk.cmac(head, len(head), first)[:4])

    def _about(self, fcnt: int) -> bytes:
        assert self.session
        return bytes(4) + b"\x01" + self.session.dev_addr + fcnt.to_bytes(4, "little")

    def _crypt(self, key: Key, data: bytes, fcnt: int) -> bytes:
        out, stream = bytearray(data), bytearray(16)
        for at in range(len(data)):
            if at % 16 == 0:
                key.encrypt(b"\x01" + self._about(fcnt) + bytes((0, at // 16 + 1)), stream)
            out[at] ^= stream[at % 16]
        return bytes(out)

    def opened(self, frame: bytes) -> tuple:
        """Return FCtrl, FCnt, FOpts, FPort and payload of an uplink."""
        options = frame[5] & 15
        fcnt = frame[6] | frame[7] << 8
        commands, rest = frame[8 : 8 + options], frame[8 + options : -4]
        return frame[5] & 0xF0, fcnt, commands, rest[0] if rest else None, rest[1:]


def _decrypted(data: bytes) -> bytes:
    """Return what AES turns into these blocks under the AppKey, as a network makes a join-accept."""
    return bytes(aes(APP_KEY, 1).decrypt(bytes(data), bytearray(len(data))))


class Bench:
    """A device and its network."""

    def __init__(self, region: str = "EU868", sub_band: int = 0, adr: bool = True) -> None:
        self.region_name, self.settings = region, {"adr": adr, "sub_band": sub_band}
        module = __import__("baysense.lorawan.regions." + region.lower(), None, None, ("BANDS",))
        self.clock, self.store = Clock(), Store()
        self.network = Network(module)
        self.radio = Radio(self.clock, self.network)
        self.mac = self.restart(b"")

    def restart(self, retained: bytes) -> Mac:
        """Start the MAC anew, as after deep sleep or a power cut."""
        self.clock.held = False
        self.mac = Mac(self.region_name, self.radio, self.clock, self.store, KEYS, retained, self.settings)
        return self.mac

    def join(self) -> Mac:
        """Get a session."""
        assert self.mac.join() and self.mac.joined
        return self.mac

    def waiting(self, call: object, *arguments: object) -> object:
        """Call as soon as the law allows."""
        while True:
            try:
                return call(*arguments)
            except Busy as busy:
                assert busy.wait_s > 0
                self.clock.wait_s(busy.wait_s)

    def send(self, payload: bytes = b"hello", confirmed: bool = False) -> object:
        """Send as soon as the law allows."""
        return self.waiting(self.mac.send, 1, payload, confirmed)

    def at_rate(self, rate: int) -> Mac:
        """Have the network set a data rate."""
        self.network.say(link_adr(rate))
        self.send()
        self.send(b"")  # with the answer
        return self.mac


def link_adr(rate: int, power: int = 0, mask: int = 0x07, control: int = 0, transmissions: int = 1) -> bytes:
    """Return a LinkADRReq."""
    return bytes((3, rate << 4 | power, mask & 0xFF, mask >> 8, control << 4 | transmissions))
