"""Data uplinks: their 32-bit counter, and what an application gets of them."""

from dataclasses import dataclass

from baysense_host.virtual.lorawan.device import Session
from baysense_host.virtual.lorawan.library import PamojaError, native

SHORTEST_BYTES = 12  # header, address, control, counter, MIC
_LAST_COUNTER = 0xFFFF_FFFF


class Refusal(Exception):
    """A frame is not accepted; the text is the counter it goes to."""


@dataclass(frozen=True)
class AppUplink:
    """An uplink as an application gets it; `acked` tells that it acknowledges the last confirmed downlink."""

    dev_eui: str
    fport: int
    payload: bytes
    fcnt_up: int
    confirmed: bool
    end_us: int
    sf: int
    rssi_dbm: float
    snr_db: float
    acked: bool


def decoded(session: Session, frame: bytes) -> tuple[int, native.LorawanRxData]:
    """Return an uplink's 32-bit counter and content; refuse it when its MIC fits no counter from the last one on."""
    low = int.from_bytes(frame[6:8], "little")
    last = session.last_up or 0
    counter = last & ~0xFFFF | low
    candidates = [counter] if counter >= last else [min(counter + 0x1_0000, _LAST_COUNTER), counter]
    for fcnt in candidates:
        try:
            data = session.codec.decode(frame, fcnt)
        except PamojaError:
            continue
        if fcnt < last:
            raise Refusal("replayed")
        return fcnt, data
    raise Refusal("mic")
