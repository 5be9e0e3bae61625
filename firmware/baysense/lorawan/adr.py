"""Adaptive data rate, the device's part: back-off when nothing is heard, and the margin that a parked car eats."""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.lorawan.session import Session

_LIMIT = 64  # ADR_ACK_LIMIT, uplinks without a downlink until one is asked for
_DELAY = 32  # ADR_ACK_DELAY, uplinks a step after it
_MOST = 0x7FFF  # count; all steps are long done

# What has to be left of the link margin, since the next vehicle stands on the device: 10 to 15 dB.
_RESERVE_CDB = 1500
_RATE_CDB = 250  # a data rate step costs; demodulation floors of SX1276, table 13
_POWER_CDB = 200

_FORMAT = "<HbBBB"
SIZE_BYTES = struct.calcsize(_FORMAT)
_ASKING, _ABOVE = 1, 2
_UNKNOWN = -1


class Adr:
    """Uplinks since the last downlink, and the last known margin with what it was measured at."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Know nothing, as after a join."""
        self._count = 0
        self._asking = True  # False: all is as robust as it gets, asking is of no use
        self.margin_db = _UNKNOWN
        self._rate = self._power = 0
        self._vehicle = False

    def uplink(self) -> bool:
        """Count a new uplink; return whether it asks for a downlink (ADRACKReq)."""
        self._count = min(self._count + 1, _MOST)
        return self._asking and self._count >= _LIMIT

    def downlink(self) -> None:
        """Note that the network is heard."""
        self._count = 0
        self._asking = True

    def silence(self, session: "Session") -> bool:
        """Prepare the uplink after one that nothing answered; return whether the session changed."""
        over = self._count + 1 - _LIMIT
        if over < _DELAY or over % _DELAY or not self._asking:
            return False
        if over == _DELAY:
            changed = session.power != 0
            session.power = 0
            return changed
        if not session.lower_rate():
            self._asking = False
            session.transmissions = 1
            session.channels.restore()
        return True

    def measured(self, margin_db: int, session: "Session", vehicle: bool) -> None:
        """Take a LinkCheckAns; become more robust where the next vehicle would leave nothing.

        Back-off would take a hundred uplinks for that, and under a vehicle there are few.
        """
        self.margin_db = min(margin_db, 127)
        self._rate, self._power, self._vehicle = session.rate, session.power, vehicle
        while not self._enough(session.rate, session.power):
            if session.power:
                session.power -= 1
            elif not session.lower_rate():
                return

    def keeps_margin(self, session: "Session", rate: int, power: int) -> bool:
        """Tell whether data rate and power leave the margin; those of now, or more robust ones, always do."""
        if self.margin_db == _UNKNOWN or (rate <= session.rate and power <= session.power):
            return True
        return self._enough(rate, power)

    def _enough(self, rate: int, power: int) -> bool:
        left_cdb = self.margin_db * 100 - _RATE_CDB * (rate - self._rate) - _POWER_CDB * (power - self._power)
        return left_cdb >= (0 if self._vehicle else _RESERVE_CDB)

    def dump(self) -> bytes:
        """Return SIZE_BYTES for load()."""
        flags = (_ASKING if self._asking else 0) | (_ABOVE if self._vehicle else 0)
        return struct.pack(_FORMAT, self._count, self.margin_db, self._rate, self._power, flags)

    def load(self, data: bytes) -> None:
        """Take up what dump() returned."""
        self._count, self.margin_db, self._rate, self._power, flags = struct.unpack(_FORMAT, data)
        self._asking, self._vehicle = bool(flags & _ASKING), bool(flags & _ABOVE)
