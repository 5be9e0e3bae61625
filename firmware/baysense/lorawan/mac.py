"""The MAC: one join-request or one uplink at a time, with its receive windows (LoRaWAN 1.0.4, Class A).

Radio, clock and store are passed in. A DevNonce and a block of uplink counters are on flash before the first frame
that uses them is sent; the exact next counter is handed to the store's `retain` before each. What comes from the air
changes nothing before its MIC is checked.
"""

from binascii import crc32

from baysense.lorawan import regions, retained
from baysense.lorawan.adr import Adr
from baysense.lorawan.airtime import airtime_us
from baysense.lorawan.commands import Commands
from baysense.lorawan.duty import Duty
from baysense.lorawan.exchange import Exchange
from baysense.lorawan.frame import ACK, ADR, ADR_ACK_REQ, OVERHEAD_BYTES, Frames
from baysense.lorawan.session import Session, check_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.lorawan.contract import Clock, Store
    from baysense.lorawan.frame import Downlink
    from contract import Radio

_JOIN_DELAY_US = 5_000_000  # RP002-1.0.4 section 3: JOIN_ACCEPT_DELAY1
_ANTENNA_DB = 2  # gain of a quarter-wave or stub antenna, so much less out of the radio than EIRP
_RETRANSMIT_US = 1_000_000  # RETRANSMIT_TIMEOUT, RP002-1.0.4 section 3: at least this,
_RETRANSMIT_SPAN_MS = 2_000  # and up to so much more
_LAST_PORT = 223  # of applications
_LAST_FCNT = 0xFFFFFFFF  # not used: a counter that could wrap ends a session

_FLAG_ACK, _FLAG_CHECK, _FLAG_TIME = 1, 2, 4


class Busy(Exception):
    """The law, the network or the join back-off forbids sending now; `wait_s` is for how long."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"air time is used up for {wait_s} s")
        self.wait_s = wait_s


class Stopped(Exception):
    """The uplink counter is at its end: only a join starts it anew."""


class Result:
    """What came of an uplink."""

    acked = False
    downlink: "tuple[int, bytes] | None" = None  # FPort and payload
    more = False  # the network has more for us, or we have answers for it
    sf = airtime_us = 0  # of the last transmission; air time of all together

    def __init__(self, fcnt_up: int) -> None:
        self.fcnt_up = fcnt_up


class Mac:
    """A device of one network.

    `keys` are DevEUI, JoinEUI and AppKey as they are printed; `retained_data` is what dump() or the store's `retain`
    last got; `settings` has `adr` and `sub_band` (1 to 8, 0: all; US915 and AU915 only).
    """

    def __init__(
        self, region_name: str, radio: "Radio", clock: "Clock", store: "Store", keys: "tuple[bytes, bytes, bytes]",
        retained_data: bytes, settings: "dict[str, int]",
    ) -> None:  # fmt: skip
        if (len(keys[0]), len(keys[1]), len(keys[2])) != (8, 8, 16):
            raise ValueError("DevEUI and JoinEUI have 8 bytes, AppKey has 16")
        region, channels = regions.opened(region_name)
        self._clock, self._store, self._radio, self._keys = clock, store, radio, keys
        self._adaptive = bool(settings["adr"])
        self._session = Session(region, channels(region, settings["sub_band"]), check_of(region_name, keys))
        self._exchange = Exchange(radio, clock, region)
        self._adr = Adr()
        self._commands = Commands(self._session, self._adr)
        self._backoff = bytes(retained.BACKOFF_BYTES)
        self._ack_due = False
        self._out = bytearray(255)
        self._heard: Downlink | None = None
        self.battery = 255  # for DevStatusAns: 0 external supply, 1 to 254, 255 not known
        self.vehicle_above = False  # when the next frame is sent
        self.gps_time_ms: int | None = None  # at gps_ticks_us, once the network told
        self.gps_ticks_us = 0
        self.store_failed = False  # what a downlink changed could not be stored: a power cut would forget it
        self._restore(retained_data)

    def _restore(self, retained_data: bytes) -> None:
        """Take up the session on flash and what was retained; without that count on behind what was reserved."""
        session, stored = self._session, self._store.load()
        self._tag = crc32(stored)
        self._known = bool(stored) and session.load(stored)
        now_s = self._now_s()
        self._duty = Duty(session.region.BANDS, not stored, now_s)
        self._duty.limit(session.most_duty)
        self._fcnt_up = self._reserved = session.fcnt_reserved
        found = retained.opened(retained_data, self._tag)
        if found:
            self._fcnt_up, flags, parts, session.answers = found
            self._adr.load(parts[0])
            self._backoff = parts[1]
            self._duty.load(parts[2], now_s)
            self._ack_due = bool(flags & _FLAG_ACK)
            self._commands.check_wanted = bool(flags & _FLAG_CHECK)
            self._commands.time_wanted = bool(flags & _FLAG_TIME)
        self._take_up()

    def _take_up(self) -> None:
        """Work with the session as it is now."""
        session = self._session
        self.joined = session.joined
        self._frames = Frames(session.dev_addr, session.nwk_skey, session.app_skey)
        self._duty.limit(session.most_duty)

    def dump(self) -> bytes:
        """Return at most 64 bytes for RTC memory; with what is on flash they are the whole session."""
        commands = self._commands
        flags = _FLAG_ACK if self._ack_due else 0
        flags |= (_FLAG_CHECK if commands.check_wanted else 0) | (_FLAG_TIME if commands.time_wanted else 0)
        parts = self._adr.dump(), self._backoff, self._duty.dump()
        return retained.pack(self._tag, self._fcnt_up, flags, parts, self._session.answers)

    @property
    def margin_db(self) -> int:
        """Return the link margin that the network last told, -1 when it has not."""
        return self._adr.margin_db

    @property
    def gateways(self) -> int:
        """Return how many gateways heard the uplink of the last link check."""
        return self._commands.gateways

    @property
    def apart_us(self) -> int:
        """Return how much later than computed the radio saw the last frame end [us]."""
        return self._exchange.apart_us

    def link_check(self) -> None:
        """Ask with the next uplink how well it is heard."""
        self._commands.check_wanted = True

    def ask_time(self) -> None:
        """Ask with the next uplink for the time."""
        self._commands.time_wanted = True

    def max_payload(self) -> int:
        """Return how many bytes the next uplink has for the application, besides what the MAC has to say."""
        most_bytes = self._session.most_bytes(self._session.rate)
        return most_bytes - len(self._commands.requests(most_bytes))

    def join(self) -> bool:
        """Send one join-request and listen for the answer; return whether there is a session now."""
        from baysense.lorawan.joining import Joining

        region, now_s = self._session.region, self._now_s()
        joining = Joining(self._keys, self._session, self._backoff, self._clock.random(1 << 16))
        hz, airtime = joining.hz, joining.airtime
        wait_s = max(joining.wait_s(now_s), self._duty.wait_s(hz, airtime, now_s))
        if wait_s:
            raise Busy(wait_s)
        if not self._known:  # from now on a power cut leaves a trace: the air time before it is not known
            self._save()
        frame = joining.request(self._store.reserve_nonce())
        self._backoff = joining.dump()
        self._pay(hz, airtime)
        power_dbm, second = region.EIRP_DBM - _ANTENNA_DB, (region.RX2_HZ, region.RX2_RATE)
        run = self._exchange.run
        if not run(frame, hz, joining.rate, power_dbm, joining.first, second, _JOIN_DELAY_US, joining.take):
            return False
        self.joined = False  # the session before is over, even if this one cannot be stored
        joining.begin()
        self._begin()
        return True

    def send(self, fport: int | None, payload: bytes, confirmed: bool = False) -> Result:
        """Send one uplink, as often as the network wants it, and listen; FPort None: only what the MAC has to say."""
        session = self._session
        most_bytes = session.most_bytes(session.rate)
        options = self._commands.requests(most_bytes)
        if not self.joined:
            raise ValueError("there is no session: join first")
        if fport is not None and len(payload) + len(options) > most_bytes:
            raise ValueError(f"{len(payload)} bytes are too long for data rate {session.rate}")
        if self._fcnt_up >= _LAST_FCNT:
            raise Stopped("every uplink counter of this session is used up")
        rate = session.rate
        size = len(options) + (OVERHEAD_BYTES - 1 if fport is None else OVERHEAD_BYTES + len(payload))
        airtime = airtime_us(size, *session.region.DATA_RATES[rate])
        i = self._channel(rate, airtime)
        if self._fcnt_up >= self._reserved:
            session.reserve(self._fcnt_up)
            self._save()
        fctrl = (self._adaptive and ADR) | (self._ack_due and ACK)
        if self._adr.uplink() and self._adaptive:
            fctrl |= ADR_ACK_REQ
        self._frames.uplink(self._out, self._fcnt_up, fctrl, options, fport, payload, confirmed)
        result = Result(self._fcnt_up)
        self._fcnt_up += 1
        self._ack_due = False
        self._commands.sent()
        result.sf = session.region.DATA_RATES[rate][0]
        self._repeat(bytes(self._out[:size]), i, rate, airtime, confirmed, result)
        return result

    def _repeat(self, frame: bytes, i: int, rate: int, airtime: int, confirmed: bool, result: Result) -> None:
        """Send a frame until it is answered, as often as the network wants, each time on a channel chosen anew."""
        transmissions = self._session.transmissions
        heard = False
        while True:
            result.airtime_us += airtime
            downlink = self._transmit(frame, i, rate, airtime)
            if downlink:
                heard = True
                self._accept(downlink, confirmed, result)
            transmissions -= 1
            if transmissions <= 0 or result.acked or (heard and (result.more or not confirmed)):
                break
            pause_us = _RETRANSMIT_US + self._clock.random(_RETRANSMIT_SPAN_MS) * 1000
            self._clock.wait_until(self._clock.add_us(self._clock.ticks_us(), pause_us))
            try:
                i = self._channel(rate, airtime)
            except Busy:
                break
        if not heard and self._adaptive and self._adr.silence(self._session):
            self._save_heard()

    def _transmit(self, frame: bytes, i: int, rate: int, airtime: int) -> "Downlink | None":
        """Send a frame once; return the downlink that came."""
        session = self._session
        hz = session.channels.hz(i)
        self._pay(hz, airtime)
        self._heard = None
        power_dbm = session.eirp_dbm - 2 * session.power - _ANTENNA_DB
        first = session.channels.rx1_hz(i), session.rx1_rate(rate, session.rx1_offset)
        second = session.rx2_hz, session.rx2_rate
        delay_us = session.rx1_delay_s * 1_000_000
        self._exchange.run(frame, hz, rate, power_dbm, first, second, delay_us, self._take)
        return self._heard

    def _take(self, data: bytes) -> bool:
        """Open what a window heard; return whether it was for us. Nothing is carried out yet."""
        self._heard = self._frames.downlink(data, self._session.fcnt_down)
        return self._heard is not None

    def _begin(self) -> None:
        """Begin to count in a new session, and store it."""
        self._tag = 0  # what is counted from now on does not go with the session on flash
        self._fcnt_up = 0
        self._adr.reset()
        self._backoff = bytes(retained.BACKOFF_BYTES)
        self._ack_due = False
        self._save()
        self._take_up()

    def _accept(self, downlink: "Downlink", confirmed: bool, result: Result) -> None:
        """Carry out a downlink."""
        session = self._session
        session.fcnt_down = downlink.fcnt
        self._ack_due = downlink.confirmed
        self._adr.downlink()
        self._commands.read(downlink.commands, self._radio.snr_db, self.battery, self.vehicle_above)
        self._take_time()
        self._duty.limit(session.most_duty)
        session.settle_rate()
        self._save_heard()
        result.acked = result.acked or (confirmed and downlink.acks)
        result.more = downlink.pending or bool(session.answers) or self._ack_due
        if downlink.fport is not None and downlink.fport <= _LAST_PORT:
            result.downlink = downlink.fport, downlink.payload

    def _take_time(self) -> None:
        told = self._commands.time
        if told:
            self.gps_time_ms = told[0] * 1000 + (told[1] * 1000 >> 8)
            self.gps_ticks_us = self._exchange.ended_us
            self._commands.time = None

    def _channel(self, rate: int, airtime: int) -> int:
        """Return a channel for a data rate that has air time left; raise Busy when none has."""
        ready, wait_s = self._duty.free(self._session.channels, rate, airtime, self._now_s())
        if not ready:
            raise Busy(wait_s)
        return ready[self._clock.random(len(ready))]

    def _pay(self, hz: int, airtime: int) -> None:
        """Take air time from the credits, and let it be remembered with the counter, before it is used."""
        self._duty.pay(hz, airtime)
        self._store.retain(self.dump())

    def _save(self) -> None:
        stored = self._session.dump()
        self._store.save(stored)
        self._tag = crc32(stored)
        self._known = True
        self._reserved = self._session.fcnt_reserved

    def _save_heard(self) -> None:
        """Store what a downlink, or its absence, changed; the work goes on if that fails."""
        try:
            self._save()
        except OSError:
            self.store_failed = True

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000
