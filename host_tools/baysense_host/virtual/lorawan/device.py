"""What the network knows of a device and of each of its sessions."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from baysense_host.virtual.lorawan.library import native

HISTORY = 20  # uplinks that adaptive data rate looks at, as ChirpStack's algorithm


@dataclass
class Queued:
    """A payload for a device."""

    fport: int
    payload: bytes
    confirmed: bool
    tries: int = 0


@dataclass
class Request:
    """Commands of one identifier that wait for their answers; a block of LinkADRReq is one request."""

    commands: list[native.LorawanMacCommand]
    data: bytes
    tries: int = 0


@dataclass
class Receiving:
    """How the device listens, as far as its answers have confirmed it."""

    rx1_delay_s: int
    rx1_dr_offset: int
    rx2_hz: int
    rx2_dr: int
    downlink_hz: dict[int, int] = field(default_factory=dict)  # by uplink frequency, where DlChannelReq moved it


@dataclass
class Heard:
    """One uplink as adaptive data rate remembers it."""

    fcnt: int
    snr_db: float
    tx_power: int


@dataclass
class Session:
    """One activation: keys, counters, and what was agreed under it."""

    device: "Device"
    dev_addr: int
    codec: native.LorawanSession
    nwk_skey: bytes
    app_skey: bytes
    receiving: Receiving
    last_up: int | None = None  # the full counter of the last accepted uplink
    last_frame: bytes = b""  # to tell a repetition from a counter used twice
    next_down: int = 0
    dr: int = 0
    tx_power: int = 0
    transmissions: int = 1
    history: deque[Heard] = field(default_factory=lambda: deque(maxlen=HISTORY))
    adr_pause: int = 0  # uplinks until adaptive data rate asks again after a refusal
    requests: dict[int, list[Request]] = field(default_factory=dict)  # by command identifier, oldest first
    channels_hz: dict[int, int] = field(default_factory=dict)  # by index
    status_due_us: int = 0


@dataclass
class Device:
    """A registered device."""

    dev_eui: str
    join_eui: str
    app_key: bytes
    tags: Mapping[str, str]
    last_dev_nonce: int | None = None
    join_nonce: int = 0
    session: Session | None = None
    joining: Session | None = None  # granted, not used yet
    queue: deque[Queued] = field(default_factory=deque)
    unacknowledged: Queued | None = None
    battery: int | None = None  # as DevStatusAns codes it
    margin_db: int | None = None
    answers: deque[tuple[str, bool]] = field(default_factory=lambda: deque(maxlen=64))  # command and whether accepted
