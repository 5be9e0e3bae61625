"""Downlinks: what goes into one, in which window, through which gateway."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from baysense_host.virtual.air.gateway import Gateway
from baysense_host.virtual.lorawan.commands import open_requests
from baysense_host.virtual.lorawan.device import Queued, Receiving, Request, Session
from baysense_host.virtual.lorawan.frames import without_port
from baysense_host.virtual.lorawan.region import Region, Window

_FOPTS_BYTES = 15
_SECOND_US = 1_000_000


@dataclass(frozen=True)
class Slot:
    """An uplink's end and channel, and the gateways that can answer it, best first."""

    end_us: int
    freq_hz: int
    dr: int
    gateways: Sequence[Gateway]


@dataclass
class Content:
    """What one downlink carries."""

    options: bytes = b""
    requests: list[Request] = field(default_factory=list)
    item: Queued | None = None
    on_port_0: bool = False
    more: bool = False


class Downlinks:
    """Compose downlinks and hand them to gateways."""

    def __init__(self, region: Region, counts: Counter[str]) -> None:
        self._region, self._counts = region, counts

    def windows(self, slot: Slot, delay_us: int, receiving: Receiving) -> tuple[Window, Window]:
        """Return both receive windows after an uplink."""
        region = self._region
        rx1_hz = receiving.downlink_hz.get(slot.freq_hz) or region.rx1_hz(slot.freq_hz)
        rx1_dr = region.rx1_dr(slot.dr, receiving.rx1_dr_offset)
        rx1 = Window("rx1", delay_us, rx1_hz, rx1_dr, region.power_dbm("rx1"))
        return rx1, Window("rx2", delay_us + _SECOND_US, receiving.rx2_hz, receiving.rx2_dr, region.power_dbm("rx2"))

    def transmit(self, slot: Slot, window: Window, frame: bytes) -> bool:
        """Give a frame to the first gateway that can send it in a window."""
        rate = self._region.downlink_rate(window.dr)
        at_us = slot.end_us + window.delay_us
        for gateway in slot.gateways:
            if gateway.send(frame, at_us, window.freq_hz, rate.sf, rate.bw_khz, power_dbm=window.power_dbm):
                self._counts[f"downlinks_{window.name}"] += 1
                return True
        return False

    def reply(self, session: Session, slot: Slot, answers: bytes, ack: bool, must: bool) -> None:
        """Send what there is to send: in RX1, in RX2 when no gateway can do RX1."""
        windows = self.windows(slot, session.receiving.rx1_delay_s * _SECOND_US, session.receiving)
        self._drop_too_long(session, max(self._region.max_bytes(window.dr) for window in windows))
        wanted = False
        for window in windows:
            content = self._compose(session, answers, self._region.max_bytes(window.dr))
            if not (content.options or content.item or ack or must):
                continue
            wanted = True
            if self.transmit(slot, window, _encode(session, content, ack)):
                self._commit(session, content)
                return
        if wanted:
            self._counts["downlinks_impossible"] += 1

    def _compose(self, session: Session, answers: bytes, limit: int) -> Content:
        queue, requests = session.device.queue, open_requests(session)
        everything = answers + b"".join(request.data for request in requests)
        if _FOPTS_BYTES < len(everything) <= limit and not queue:
            return Content(everything, requests, on_port_0=True)
        content = Content(answers)
        for request in requests:
            if len(content.options) + len(request.data) <= min(_FOPTS_BYTES, limit):
                content.options += request.data
                content.requests.append(request)
        if queue and len(content.options) + len(queue[0].payload) <= limit:
            content.item = queue[0]
        content.more = len(content.requests) < len(requests) or len(queue) > (content.item is not None)
        return content

    def _commit(self, session: Session, content: Content) -> None:
        """Take what was sent out of the queues."""
        session.next_down += 1
        for request in content.requests:
            request.tries += 1
        if content.item is not None:
            content.item.tries += 1
            session.device.queue.popleft()
            session.device.unacknowledged = content.item if content.item.confirmed else None

    def _drop_too_long(self, session: Session, limit: int) -> None:
        """Drop payloads that fit in neither window, as ChirpStack does."""
        queue = session.device.queue
        while queue and len(queue[0].payload) > limit:
            queue.popleft()
            self._counts["downlinks_too_long"] += 1


def _encode(session: Session, content: Content, ack: bool) -> bytes:
    fcnt, item = session.next_down, content.item
    if content.on_port_0:
        return session.codec.encode_downlink(fcnt, 0, content.options, ack=ack)
    if item is None:
        return without_port(session.nwk_skey, session.dev_addr, fcnt, ack, content.more, content.options)
    return session.codec.encode_downlink(
        fcnt,
        item.fport,
        item.payload,
        confirmed=item.confirmed,
        ack=ack,
        fpending=content.more,
        fopts=content.options,
    )
