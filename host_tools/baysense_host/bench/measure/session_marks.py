"""What a parking session over LoRaWAN takes of air time and charge, beside the air time of other makers' payloads."""

from collections.abc import Callable
from typing import NamedTuple

from baysense_host.bench.measure.changes import change_wakes
from baysense_host.bench.measure.lives import Life, live
from baysense_host.bench.report import Findings, Mark, Tell
from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.air.emission import Emission
from baysense_host.virtual.air.sensitivity import noise_dbm
from baysense_host.virtual.fleet import Bay
from baysense_host.virtual.ledger import Range
from baysense_host.virtual.lorawan.desk import GATEWAY

SPREADING = (7, 9, 12)
_TX_DBM = 14.0  # what a node sends with until it is told otherwise
_NOBODY_DB = 200.0
_JOIN_SF = 7  # of the first request; each that is not heard is followed by a slower one
_LIMIT_DB = {7: -7.5, 9: -12.5, 12: -20.0}  # least SNR: SX1276 datasheet, table 13
_MARGIN_DB = {7: 16.5, 9: 16.5, 12: 12.0}  # the node keeps 15 dB where it can, the network takes what is above 13
_JOIN_REQUEST = 0x00  # MHDR
_OVERHEAD_BYTES = 13  # of a frame with FPort and no FOpts

# Payload of one change [B]: reference of the makers' codecs (lorawan-devices of The Things Stack, tago-io/decoders,
# ZennerIoT/element-parsers).
_MAKERS = {
    "nwave": ("Nwave NPS405", 1),
    "bosch": ("Bosch TPS110", 1),
    "pni": ("PNI PlacePod", 3),
    "ours": ("ours, a routine change", 4),
    "ours_history": ("ours, with three changes before it", 11),
    "libelium": ("Libelium Smart Parking", 11),
    "dingtek": ("Dingtek DO200", 21),
}


class Session(NamedTuple):
    """Arrival and departure together: what their wakes took, of boot, radio and receive windows alike."""

    airtime_us: float
    charge_mc: Range
    uplinks: float
    changes: int


def session_marks(days: float, tell: Tell) -> Findings:
    """Return air time and charge of a session at each data rate, and the air time of what the makers send."""
    marks: list[Mark] = []
    detail: dict[str, object] = {}
    for sf in SPREADING:
        session = session_at(sf, days)
        tell(f"sessions at SF{sf}")
        detail[f"sf{sf}"] = session._asdict() if session else "not every change arrived"
        marks += _session(sf, session)
    return Findings([*marks, *_makers()], {"sessions": detail})


def session_at(sf: int, days: float) -> Session | None:
    """Return what a session of the demo takes at this spreading factor."""
    sent: list[Emission] = []
    life = live(prepare=_at(sf, sent), scenario="demo", days=days, uplink="lorawan")
    return _session_of(life, sent)


def _session_of(life: Life, sent: list[Emission]) -> Session | None:
    joined_s = _joined_s(life, sent)
    changes = sum(change["t_s"] > joined_s for change in life.bay["truth"])
    if not changes or life.result["summary"]["changes_received"] < life.result["summary"]["changes_true"]:
        return None
    wakes = [wake for wake in change_wakes(life) if wake.begin_s > joined_s]
    frames = [e for e in sent if any(wake.begin_s <= e.start_us / 1e6 <= wake.end_s for wake in wakes)]
    charges = [wake.charge_mc for wake in wakes]
    sessions = changes / 2
    return Session(
        sum(e.end_us - e.start_us for e in frames) / sessions,
        (sum(low for low, _ in charges) / sessions, sum(high for _, high in charges) / sessions),
        len(frames) / sessions,
        changes,
    )


def _joined_s(life: Life, sent: list[Emission]) -> float:
    """Return when the wake with the first data frame was over: what waited for the network is told by then."""
    first_s = min(e.start_us / 1e6 for e in sent if e.data[0] != _JOIN_REQUEST)
    return min(wake.end_s for wake in life.meter.wakes if wake.end_s > first_s)


def _at(sf: int, sent: list[Emission]) -> Callable[[Bay], None]:
    """Return what has a board join at this spreading factor and stay there: its first requests are not heard."""

    def prepare(bay: Bay) -> None:
        air = bay.board.options.air
        assert air is not None
        level_dbm = noise_dbm(125) + _LIMIT_DB[sf] + _MARGIN_DB[sf]
        unheard = sf - _JOIN_SF

        def loss_db(sender: str, receiver: str) -> float:
            return _NOBODY_DB if len(sent) < unheard else _TX_DBM - level_dbm

        air.path.fading_db = 0.0
        air.shadow_db = lambda name: 0.0
        air.path_loss_db = loss_db
        air.taps.append(lambda emission, outcomes: sent.append(emission) if emission.sender != GATEWAY else None)

    return prepare


def _session(sf: int, session: Session | None) -> list[Mark]:
    group = "A parking session: arrival and departure, each with its wake, boot and receive windows"
    airtime_ms = session.airtime_us / 1000 if session else None
    charge_mc = sum(session.charge_mc) / 2 if session else None
    span = f" ({session.charge_mc[0]:.0f} to {session.charge_mc[1]:.0f})" if session else ""
    count = session.changes if session else 0
    return [
        Mark(f"session_airtime_sf{sf}", f"air time at SF{sf}", airtime_ms, "ms", n=count, group=group),
        Mark(f"session_charge_sf{sf}", f"charge at SF{sf}{span}", charge_mc, "mC", n=count, group=group),
    ]


def _makers() -> list[Mark]:
    """Return how long an arrival and a departure are on the air by the size of their payload, unconfirmed."""
    return [
        Mark(
            f"airtime_{name}_sf{sf}",
            f"{maker}, {size} B, at SF{sf}",
            2 * airtime_us(_OVERHEAD_BYTES + size, sf) / 1000,
            "ms",
            group="Air time of an arrival and a departure by the makers' payloads",
        )
        for name, (maker, size) in _MAKERS.items()
        for sf in SPREADING
    ]
