"""The network server: one site's devices, any number of gateways, one virtual clock.

What pamoja's ready-made one leaves out is here: nonces must rise, confirmed uplinks are acknowledged, copies from
several gateways are one uplink, counters have 32 bits, MAC commands both ways, adaptive data rate. Nothing that is
refused changes anything; `refused` counts it by reason, `counts` counts what was done.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from baysense_host.errors import ToolError
from baysense_host.virtual.air.gateway import Gateway, Uplink
from baysense_host.virtual.clock import Clock
from baysense_host.virtual.lorawan import adr, commands
from baysense_host.virtual.lorawan.device import Device, Queued, Receiving, Session
from baysense_host.virtual.lorawan.downlinks import Downlinks, Slot
from baysense_host.virtual.lorawan.join import JOIN_DELAY1_S, Registrar
from baysense_host.virtual.lorawan.library import native
from baysense_host.virtual.lorawan.policy import MAX_TRIES, MERGE_US, STATUS_EVERY_US, Policy
from baysense_host.virtual.lorawan.region import REQUIRED_SNR_DB, Region
from baysense_host.virtual.lorawan.uplinks import SHORTEST_BYTES, AppUplink, Refusal, decoded
from baysense_host.virtual.net.time_server import START

_GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_LEAP_S = 18  # GPS time is ahead of UTC by the leap seconds since 1980; 18 since 2017 (IERS Bulletin C 52)
_JOIN_REQUEST, _DATA_UP, _CONFIRMED_UP = 0, 2, 4
_MAX_PAYLOAD_BYTES = 242

_Copies = list[tuple[Gateway, Uplink]]


class NetworkServer:
    """Serve registered devices through gateways."""

    def __init__(
        self,
        gateways: Sequence[Gateway],
        clock: Clock,
        region: str = "EU868",
        seed: int = 0,
        policy: Policy | None = None,
        start: datetime = START,
    ) -> None:
        """Take over the gateways' uplinks; `start` is the time of day at which virtual time begins."""
        self.region = Region(region)
        self.policy = policy or Policy()
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.devices: dict[str, Device] = {}
        self._clock = clock
        self._gps_start_us = (round((start - _GPS_EPOCH).total_seconds()) + _LEAP_S) * 1_000_000
        self._registrar = Registrar(self.region, self.policy, seed)
        self._downlinks = Downlinks(self.region, self.counts)
        self._sessions: dict[int, Session] = {}
        self._gathering: dict[tuple[bytes, int], _Copies] = {}
        self._listeners: list[Callable[[AppUplink], None]] = []
        for gateway in gateways:
            gateway.on_uplink = partial(self._hear, gateway)

    def add_device(
        self, dev_eui: str, join_eui: str, app_key: bytes, tags: Mapping[str, str] | None = None
    ) -> Device:
        """Register a device; identifiers are hexadecimal as printed, most significant byte first."""
        if len(app_key) != 16:
            raise ToolError(f"an AppKey has 16 bytes, not {len(app_key)}")
        device = Device(_eui(dev_eui), _eui(join_eui), bytes(app_key), dict(tags or {}))
        if device.dev_eui in self.devices:
            raise ToolError(f"device {device.dev_eui} is already registered")
        self.devices[device.dev_eui] = device
        return device

    def on_uplink(self, callback: Callable[[AppUplink], None]) -> None:
        """Call back with every uplink that carries a payload for an application."""
        self._listeners.append(callback)

    def queue_downlink(self, dev_eui: str, fport: int, data: bytes, confirmed: bool = False) -> None:
        """Queue a payload; it goes out after one of the next uplinks."""
        if not 1 <= fport <= 223 or len(data) > _MAX_PAYLOAD_BYTES:
            raise ToolError(f"no downlink of {len(data)} bytes on port {fport}", "ports 1 to 223, at most 242 bytes")
        self.device(dev_eui).queue.append(Queued(fport, bytes(data), confirmed))

    def request(self, dev_eui: str, *requested: commands.Command) -> None:
        """Queue MAC commands for a joined device; they are repeated until answered, three times at most."""
        session = self.device(dev_eui).session
        if session is None:
            raise ToolError(f"device {dev_eui} has no session", "it joins, then sends its first uplink")
        commands.ask(session, requested)

    def device(self, dev_eui: str) -> Device:
        """Return a registered device."""
        device = self.devices.get(_eui(dev_eui))
        if device is None:
            raise ToolError(f"no device {dev_eui} is registered")
        return device

    def _hear(self, gateway: Gateway, uplink: Uplink) -> None:
        """Collect the copies of a frame that several gateways heard."""
        key = bytes(uplink.data), uplink.freq_hz
        copies = self._gathering.get(key)
        if copies is not None:
            copies.append((gateway, uplink))
            self.counts["duplicates"] += 1
            return
        self._gathering[key] = [(gateway, uplink)]
        self._clock.after(MERGE_US, partial(self._process, key))

    def _process(self, key: tuple[bytes, int]) -> None:
        copies = self._gathering.pop(key)
        copies.sort(key=lambda copy: (-copy[1].snr_db, -copy[1].rssi_dbm))
        try:
            self._accept(key[0], copies)
        except Refusal as why:
            self.refused[str(why)] += 1

    def _accept(self, frame: bytes, copies: _Copies) -> None:
        best = copies[0][1]
        dr = self.region.uplink_dr(best.sf, best.bw_khz)
        if dr is None or (self.region.fixed and best.freq_hz not in self.region.uplink_hz):
            raise Refusal("no_channel")
        slot = Slot(best.end_us, best.freq_hz, dr, [gateway for gateway, _ in copies])
        kind = frame[0] >> 5 if frame else None
        if kind == _JOIN_REQUEST:
            self._join(frame, slot)
        elif kind in (_DATA_UP, _CONFIRMED_UP):
            self._data(frame, slot, copies)
        else:
            raise Refusal("not_an_uplink")

    def _join(self, frame: bytes, slot: Slot) -> None:
        session, accept = self._registrar.grant(self.devices, frame)
        device = session.device
        if device.joining is not None:
            del self._sessions[device.joining.dev_addr]
        device.joining = self._sessions[session.dev_addr] = session
        session.dr = slot.dr
        self.counts["joins"] += 1
        unset = Receiving(JOIN_DELAY1_S, 0, self.region.rx2_hz, self.region.rx2_dr)
        for window in self._downlinks.windows(slot, JOIN_DELAY1_S * 1_000_000, unset):
            if self._downlinks.transmit(slot, window, accept):
                return
        self.counts["downlinks_impossible"] += 1

    def _data(self, frame: bytes, slot: Slot, copies: _Copies) -> None:
        if len(frame) < SHORTEST_BYTES:
            raise Refusal("malformed")
        session = self._sessions.get(int.from_bytes(frame[1:5], "little"))
        if session is None:
            raise Refusal("unknown_address")
        fcnt, data = decoded(session, frame)
        repeated = fcnt == session.last_up
        if repeated and frame != session.last_frame:
            raise Refusal("counter_reused")
        best = copies[0][1]
        if repeated:
            self.counts["repeats"] += 1
        else:
            session.last_up, session.last_frame = fcnt, frame
            self._activate(session)
            self._deliver(session, fcnt, data, best)
        self._answer(session, fcnt, data, slot, copies, repeated)

    def _activate(self, session: Session) -> None:
        """Let a session replace the one before it, with the first uplink under it (LoRaWAN 1.0.4 §6.2.5)."""
        device = session.device
        if device.session is session:
            return
        if device.session is not None:
            del self._sessions[device.session.dev_addr]
        device.session, device.joining = session, None
        if device.unacknowledged is not None:
            device.queue.appendleft(device.unacknowledged)
            device.unacknowledged = None

    def _deliver(self, session: Session, fcnt: int, data: native.LorawanRxData, best: Uplink) -> None:
        acked = self._settle_confirmed(session.device, data.ack)
        self.counts["uplinks"] += 1
        if not data.fport:
            return
        uplink = AppUplink(
            session.device.dev_eui,
            data.fport,
            bytes(data.payload),
            fcnt,
            data.confirmed,
            best.end_us,
            best.sf,
            best.rssi_dbm,
            best.snr_db,
            acked,
        )
        for listener in self._listeners:
            listener(uplink)

    def _settle_confirmed(self, device: Device, ack: bool) -> bool:
        """Close the confirmed downlink that waits; without an acknowledgment it is sent again, with a new counter."""
        item, device.unacknowledged = device.unacknowledged, None
        if item is None:
            return False
        if ack:
            self.counts["acknowledged"] += 1
        elif item.tries < MAX_TRIES:
            device.queue.appendleft(item)
        else:
            self.counts["unacknowledged"] += 1
        return ack

    def _answer(
        self,
        session: Session,
        fcnt: int,
        data: native.LorawanRxData,
        slot: Slot,
        copies: _Copies,
        repeated: bool,
    ) -> None:
        best = copies[0][1]
        read = native.lorawan_mac_parse("Uplink", data.payload if data.fport == 0 else data.fopts)
        commands.settle(session, read)
        if not repeated:
            self.counts["requests_given_up"] += commands.give_up(session)
            self._adapt(session, fcnt, data.adr, slot.dr, best)
            self._ask_status(session)
        margin_db = int(best.snr_db - REQUIRED_SNR_DB[best.sf])
        gps_us = self._gps_start_us + best.end_us
        answers = commands.answers(read, commands.Reception(margin_db, len(copies), gps_us))
        self._downlinks.reply(session, slot, answers, data.confirmed, data.adr_ack_req)

    def _adapt(self, session: Session, fcnt: int, wanted: bool, dr: int, best: Uplink) -> None:
        """Ask for another data rate or power where adaptive data rate says so."""
        if not (wanted and self.policy.adr):
            session.history.clear()
            return
        adr.heard(session, fcnt, dr, best.snr_db)
        session.adr_pause = max(session.adr_pause - 1, 0)
        if session.requests.get(commands.LINK_ADR) or session.adr_pause:
            return
        target = adr.target(session, REQUIRED_SNR_DB[best.sf], self.policy, self.region.fastest_dr)
        if target == adr.Target(session.dr, session.tx_power, session.transmissions):
            return
        mask_control, channel_mask = self.region.mask()
        step = commands.downlink(
            commands.LINK_ADR,
            data_rate=target.dr,
            tx_power=target.tx_power,
            transmissions=target.transmissions,
            mask_control=mask_control,
            channel_mask=channel_mask,
        )
        commands.ask(session, [step])

    def _ask_status(self, session: Session) -> None:
        if self.policy.ask_status and self._clock.now_us >= session.status_due_us:
            session.status_due_us = self._clock.now_us + STATUS_EVERY_US
            commands.ask(session, [commands.downlink(commands.DEV_STATUS)])


def _eui(text: str) -> str:
    """Return an identifier as 16 small hexadecimal digits."""
    try:
        number = bytes.fromhex(text)
    except ValueError:
        number = b""
    if len(number) != 8:
        raise ToolError(f"{text!r} is no EUI", "write 16 hexadecimal digits, most significant byte first")
    return number.hex()
