"""What a LoRaWAN device may hear: only a frame whose MIC is right changes anything, and nothing silences it for good.

Beside the device goes a twin, restored from what the device retains, that hears nothing: unless a frame had to be
believed, the two must be in the same state afterwards.
"""

import gc
import random
from binascii import crc32

from baysense.lorawan import regions, retained
from baysense.lorawan.airtime import airtime_us
from baysense.lorawan.mac import Busy, Mac
from baysense_host.bench.mutate.inside.chip import APP_KEY
from baysense_host.bench.mutate.inside.damage import damaged, noise
from baysense_host.bench.mutate.inside.ether import Clock, Radio, Store
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.network import ACK, CONFIRMED, PENDING, UNCONFIRMED, Heard, Network
from baysense_host.bench.mutate.inside.targets.target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from baysense.lorawan.mac import Result

_KEYS = (b"\x02\x00\x5e\xff\xfe\x10\x00\x01", bytes(range(8)), APP_KEY)

# Where a device may send [Hz], how many RX1 offsets there are, and the data rates RX2 may have: RP002-1.0.4.
_REGIONS = {
    "EU868": (
        ((863_000_000, 868_600_000), (868_700_000, 869_200_000), (869_400_000, 869_650_000),
         (869_700_000, 870_000_000)), 6, range(7),
    ),
    "US915": (((902_000_000, 928_000_000),), 4, range(8, 14)),
    "AU915": (((915_000_000, 928_000_000),), 6, range(8, 14)),
    "IN865": (((865_000_000, 867_000_000),), 8, range(6)),
}  # fmt: skip
for _name in _REGIONS:
    regions.opened(_name)  # all at once: what is loaded later would look like growth
_DWELL_US = 400_000  # FCC 15.247 [from memory]
_LONGEST_S = 3 * 86_400  # 51 bytes at SF12 under the strictest DutyCycleReq take 26 h of waiting
_LONGEST_BYTES = 255  # of a LoRa frame
_PAST = 4  # frames kept, to be sent again
_SETTLED, _LATER = 60, 220  # attempts, when memory is compared
_GROWN_BYTES = 2048

# Length of each command of the network, by its identifier: section 5.
_COMMANDS = {2: 2, 3: 4, 4: 1, 5: 4, 6: 0, 7: 5, 8: 1, 9: 1, 10: 4, 13: 5}
_HZ = (0, 8_671_000, 8_689_000, 8_695_250, 8_650_625, 9_233_000, 9_999_999)  # [100 Hz], for commands with one


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._region = random.choice(sorted(_REGIONS))
        self._settings = {"adr": random.getrandbits(2) != 0, "sub_band": random.randrange(9)}
        self._clock, self._store = Clock(0, random.getrandbits(30)), Store()
        self._radio = Radio(self._clock, [])
        self._mac = self._opened(self._radio, self._clock, self._store, b"")
        self._network = Network(APP_KEY)
        self._owes_ack = False
        self._past: list[bytes] = []
        self._attempts = self._used_bytes = self._next = 0

    def attempt(self) -> None:
        """See Target."""
        self._attempts += 1
        if self._attempts in (_SETTLED, _LATER):
            self._check_memory()
        self._live_on()
        twin_clock, twin_store = self._clock.copy(), self._store.copy()
        twin = self._opened(Radio(twin_clock, []), twin_clock, twin_store, self._mac.dump())
        if self._mac.joined and random.randrange(12):
            self._send(twin, twin_clock)
        else:
            self._join(twin, twin_clock)
        if self._unmoved:
            same = _state(self._mac, self._store) == _state(twin, twin_store)
            expect(same, ACCEPTED, "another state than after silence")
        expect(not self._radio.awake and not self._clock.held, REFUSED, "the radio or the memory is held")
        expect(len(self._mac.dump()) <= 64, REFUSED, "more to retain than there is room for")

    def _live_on(self) -> None:
        """Sleep deeply now and then, or have the power cut: then what was not stored is gone."""
        way = random.getrandbits(5)
        if way > 4:
            return
        kept = self._mac.dump() if way else b""
        self._owes_ack = self._owes_ack and way > 0
        self._mac = self._opened(self._radio, self._clock, self._store, kept)

    def _opened(self, radio: Radio, clock: Clock, store: Store, kept: bytes) -> Mac:
        return Mac(self._region, radio, clock, store, _KEYS, kept, self._settings)

    def _send(self, twin: Mac, twin_clock: Clock) -> None:
        """Send an uplink; take what comes back."""
        mac = self._mac
        for device in (mac, twin):
            device.battery, device.vehicle_above = 77, False
        if random.getrandbits(3) == 0:
            mac.link_check(), mac.ask_time()
            twin.link_check(), twin.ask_time()
        most = mac.max_payload()
        fport = random.choice((1, 2, 3)) if most >= 0 and random.getrandbits(3) else None
        payload = b"" if fport is None else bytes(random.randrange(min(most, 51) + 1))
        confirmed = random.getrandbits(1) == 0
        frames = self._hear([self._downlink() for _ in range(random.randrange(1, 4))])
        before = _told(mac)
        result = self._patiently(self._clock, lambda: mac.send(fport, payload, confirmed))
        heard = [each for each in [self._network.believed(data) for data in self._radio.heard] if each]
        self._check_uplinks(result)
        self._unmoved = not heard
        if heard:
            self._past = (self._past + frames)[-_PAST:]
            self._owes_ack = heard[-1].confirmed
            _check_result(result, heard, confirmed)
            return
        self._owes_ack = False
        silence = self._patiently(twin_clock, lambda: twin.send(fport, payload, confirmed))
        expect(_outcome(result) == _outcome(silence), ACCEPTED, f"result is {_outcome(result)}")
        expect(_told(mac) == before, ACCEPTED, f"told {_told(mac)}")

    def _join(self, twin: Mac, twin_clock: Clock) -> None:
        """Send a join-request; take what comes back."""
        mac, network = self._mac, self._network
        frames = self._hear([self._accept() for _ in range(random.randrange(1, 3))])
        before, was_joined = _told(mac), mac.joined
        network.dev_nonce = self._store.nonce + 1
        joined = self._patiently(self._clock, mac.join)
        granted = [plain for plain in [network.granted(data) for data in self._radio.heard] if plain]
        granted = [plain for plain in granted if self._fits(plain, was_joined)]
        expect(self._store.nonce == network.dev_nonce, REFUSED, "not one DevNonce for one request")
        expect(joined == bool(granted), ACCEPTED if joined else REFUSED, f"joined: {joined}, granted: {granted}")
        self._check_air()
        self._unmoved = not granted
        if granted:
            network.begin(granted[0])
            self._owes_ack, self._next = False, 0
            self._past = (self._past + frames)[-_PAST:]
            expect(mac.joined, REFUSED, "not joined after a join-accept")
            return
        expect(not self._patiently(twin_clock, twin.join), ACCEPTED, "joined to nobody")
        expect(_told(mac) == before, ACCEPTED, f"told {_told(mac)}")

    def _fits(self, plain: bytes, was_joined: bool) -> bool:
        """Tell whether a device of this region can do what a join-accept says."""
        _, offsets, rates = _REGIONS[self._region]
        again = was_joined and plain[1:4] == self._network.join_nonce
        return not again and plain[11] >> 4 & 7 < offsets and plain[11] & 15 in rates

    def _hear(self, frames: list[bytes]) -> list[bytes]:
        """Let the next windows hear these frames, or nothing now and then."""
        frames = [frame[:_LONGEST_BYTES] for frame in frames]
        self.tried = (self._region, frames)
        self._radio.sent_frames, self._radio.heard = [], []
        self._radio.frames = [frame if random.getrandbits(3) else None for frame in frames]
        return frames

    def _patiently(self, clock: Clock, act: "Callable[[], object]") -> "object":
        """Do what may have to wait for air time: once it has waited as long as it said, it must not wait again."""
        try:
            return act()
        except Busy as busy:
            expect(0 < busy.wait_s <= _LONGEST_S, REFUSED, f"silent for {busy.wait_s} s")
            clock.now_us += busy.wait_s * 1_000_000
        try:
            return act()
        except Busy as busy:
            expect(False, REFUSED, f"silent for another {busy.wait_s} s")

    def _check_uplinks(self, result: "Result") -> None:
        self._check_air()
        expect(result.fcnt_up >= self._next, ACCEPTED, f"counter {result.fcnt_up} again")
        self._next = result.fcnt_up + 1
        for sent in self._radio.sent_frames:
            counter = self._network.uplink(sent.data, result.fcnt_up)
            expect(counter == result.fcnt_up, REFUSED, f"uplink of counter {counter}: {sent.data!r}")
            acks = bool(sent.data[5] & ACK)
            expect(acks == self._owes_ack, REFUSED, f"acknowledges: {acks}, owed: {self._owes_ack}")

    def _check_air(self) -> None:
        """Check that every transmission was a legal one."""
        for sent in self._radio.sent_frames:
            legal = any(low <= sent.hz < high for low, high in _REGIONS[self._region][0])
            expect(legal, ACCEPTED, f"sends on {sent.hz} Hz")
            if self._region == "US915":
                airtime = airtime_us(len(sent.data), sent.sf, sent.bw_khz)
                expect(airtime <= _DWELL_US, ACCEPTED, f"{len(sent.data)} bytes at SF{sent.sf} take {airtime} us")

    def _check_memory(self) -> None:
        """Check that what was heard since the first attempts left nothing behind."""
        self._past, self.tried = [], b""
        self._radio.sent_frames, self._radio.heard, self._radio.frames = [], [], []
        gc.collect()
        used_bytes = gc.mem_alloc()  # type: ignore[attr-defined]
        grown = used_bytes - self._used_bytes
        expect(not self._used_bytes or grown <= _GROWN_BYTES, REFUSED, f"{grown} bytes more in use")
        self._used_bytes = used_bytes

    def _downlink(self) -> bytes:
        """Return something to hear after an uplink."""
        way = random.randrange(10)
        if way == 0:
            return noise(random.randrange(_LONGEST_BYTES + 1))
        if way == 1:
            return random.choice(self._past) if self._past else b""
        if way == 2:
            return self._accept()
        if way == 3:
            return self._stranger()
        whole = self._whole()
        return damaged(whole, self._past[-1] if self._past else b"") if way < 8 else whole

    def _whole(self) -> bytes:
        """Return a frame to be believed, unless it has commands in both places; some of what it says is nonsense."""
        fopts = b"" if random.getrandbits(1) else _commands()[:15]
        fport = random.choice((None, 0, 0, 1, 10, 10, 223, 224, 255))
        payload = _commands() if fport == 0 else noise(random.choice((0, 1, 11, 51, 222)))
        fctrl = random.choice((0, ACK, PENDING, ACK | PENDING, 0xC0))
        counter = self._network.last + 1 + random.choice((0, 0, 0, 0, 1, 100, 16_385, 65_535))
        kind = random.choice((UNCONFIRMED, UNCONFIRMED, CONFIRMED))
        return self._network.downlink(counter, fctrl, fopts, fport, b"" if fport is None else payload, kind)

    def _stranger(self) -> bytes:
        """Return a frame with a right MIC that is for another device, from one, of another kind, or too far ahead."""
        network, following = self._network, self._network.last + 1
        way = random.randrange(5)
        if way == 0:
            address = bytes((network.address[0] ^ 1 << random.getrandbits(3) % 8,)) + network.address[1:]
            return network.downlink(following, 0, _commands()[:15], None, b"", address=address)
        if way == 1:
            return network.downlink(following, 0, b"", 10, b"\x80", direction=0)
        if way == 2:
            return network.downlink(
                following, 0, b"", 10, b"\x80", kind=random.choice((0x40, 0x80, 0xC0, 0xE0, 0x61))
            )
        if way == 3:
            return network.downlink(following + 65_536, 0, _commands()[:15], None, b"")
        return self._radio.sent_frames[-1].data if self._radio.sent_frames else b""

    def _accept(self) -> bytes:
        """Return a join-accept, right or not; the network of a device in session may have sent it long ago."""
        settings = random.choice((random.choice(_REGIONS[self._region][2]), random.getrandbits(8)))
        rest = noise(7) + bytes((settings, random.choice((0, 1, 5, 15, 255))))
        if random.getrandbits(1):
            rest += random.choice((noise(15), bytes(15), b"\xff" * 15)) + bytes((random.choice((0, 1, 1, 7)),))
        nonce = random.choice((noise(3), noise(3), self._network.join_nonce or bytes(3)))
        whole = self._network.accept(nonce, rest)
        way = random.randrange(6)
        if way == 0 and self._past:
            return random.choice(self._past)
        return damaged(whole) if way < 3 else whole


def _commands() -> bytes:
    """Return a row of MAC commands: real ones with anything in them, unknown ones, and one cut short."""
    row = b""
    for _ in range(random.choice((1, 1, 2, 3, 5, 20))):
        kind = random.choice((2, 3, 3, 3, 4, 5, 6, 7, 7, 8, 9, 10, 13, random.getrandbits(8)))
        row += bytes((kind,)) + _arguments(kind)
    return row[: random.randrange(len(row))] if random.getrandbits(2) == 0 else row


def _arguments(kind: int) -> bytes:
    size = _COMMANDS.get(kind, random.randrange(4))
    if kind == 3 and random.getrandbits(1):  # LinkADRReq
        mask = random.choice((b"\x07\x00", b"\xff\x00", b"\x00\x00", b"\xff\xff", noise(2)))
        return bytes((random.randrange(7) << 4 | random.randrange(8),)) + mask + bytes((random.getrandbits(7),))
    if kind in (5, 7, 10) and random.getrandbits(1):
        hz = random.choice(_HZ).to_bytes(3, "little")
        return bytes((random.randrange(17),)) + hz + (b"\x50" if kind == 7 else b"")
    return noise(size)


def _state(mac: Mac, store: Store) -> tuple[object, ...]:
    """Return what outlives deep sleep, but for air time, which is retained in coarser steps than it is counted."""
    found = retained.opened(mac.dump(), crc32(store.saved))
    expect(found is not None, REFUSED, "what is retained does not go with the session")
    assert found
    fcnt_up, flags, (adr, backoff, _), answers = found
    return store.saved, store.nonce, mac.joined, fcnt_up, flags, adr, backoff[-1], answers


def _told(mac: Mac) -> tuple[object, ...]:
    """Return what a downlink may have told, and does not outlive deep sleep."""
    return mac.margin_db, mac.gateways, mac.gps_time_ms, mac.gps_ticks_us, mac.store_failed


def _outcome(result: "Result") -> tuple[object, ...]:
    return result.fcnt_up, result.acked, result.downlink, result.more, result.sf


def _check_result(result: "Result", heard: list[Heard], confirmed: bool) -> None:
    """Check what an uplink brought back against what had to be believed."""
    acked = confirmed and any(each.acks for each in heard)
    expect(result.acked == acked, ACCEPTED if result.acked else REFUSED, f"acknowledged: {result.acked}")
    for_us = [each for each in heard if each.fport is not None and 0 < each.fport < 224]
    expected = (for_us[-1].fport, for_us[-1].payload) if for_us else None
    expect(result.downlink == expected, ACCEPTED, f"downlink is {result.downlink}, sent was {expected}")
