"""The ten MAC commands of LoRaWAN 1.0.4 section 5: read what the network sends, carry it out, answer.

A command that is unknown or cut short ends the reading, since its length is not known. Answers that say how the
network is to reach us from now on are repeated until a downlink shows that it knows.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.lorawan.adr import Adr
    from baysense.lorawan.session import Session

LINK_CHECK = 0x02
_LINK_ADR = 0x03
_DUTY_CYCLE = 0x04
_RX_PARAM_SETUP = 0x05
_DEV_STATUS = 0x06
_NEW_CHANNEL = 0x07
_RX_TIMING_SETUP = 0x08
_TX_PARAM_SETUP = 0x09
_DL_CHANNEL = 0x0A
DEVICE_TIME = 0x0D

_FROM_NETWORK = b"\xff\xff\x02\x04\x01\x04\x00\x05\x01\x01\x04\xff\xff\x05"  # length after the identifier; ff: none
_ANSWER = b"\x00\x00\x00\x01\x00\x01\x02\x01\x00\x00\x01"  # the same of our answers
_REPEATED = (_RX_PARAM_SETUP, _RX_TIMING_SETUP, _TX_PARAM_SETUP, _DL_CHANNEL)
_MOST_BYTES = 15  # of FOpts
_KEEP = 15  # data rate or power as it is

# EIRP [dBm] by MaxEIRP of TxParamSetupReq, section 5.8.
_EIRP_DBM = b"\x08\x0a\x0c\x0d\x0e\x10\x12\x14\x15\x18\x1a\x1b\x1d\x1e\x21\x24"


class Commands:
    """Reads the network's commands for a session; what they ask of us, and tell us, stands in attributes."""

    def __init__(self, session: "Session", adr: "Adr") -> None:
        self._session, self._adr = session, adr
        self._snr_db, self._battery, self._above = 0, 255, False
        self.check_asked = self.time_asked = False  # in the uplink that is answered
        self.check_wanted = self.time_wanted = False  # in the next
        self.gateways = 0  # that heard the last link check
        self.time: tuple[int, int] | None = None  # just told: GPS time [s], fraction [1/256 s]

    def requests(self, most_bytes: int) -> bytes:
        """Return the commands of the next uplink: answers first, then what we ask for, as far as it fits."""
        most_bytes = min(most_bytes, _MOST_BYTES)
        options = _whole(self._session.answers, most_bytes)
        self.check_asked = self.check_wanted and len(options) < most_bytes
        if self.check_asked:
            options += bytes((LINK_CHECK,))
        self.time_asked = self.time_wanted and len(options) < most_bytes
        if self.time_asked:
            options += bytes((DEVICE_TIME,))
        return options

    def sent(self) -> None:
        """Drop what was said once and need not be repeated."""
        self._session.answers = _repeated(self._session.answers)
        self.check_wanted = self.check_wanted and not self.check_asked
        self.time_wanted = self.time_wanted and not self.time_asked

    def read(self, data: bytes, snr_db: int, battery: int, above: bool) -> None:
        """Carry out the commands of a downlink, which shows that repeated answers arrived.

        SNR [dB] is that of the downlink, `battery` as in DevStatusAns; `above`: a vehicle stood here meanwhile.
        """
        self._snr_db, self._battery, self._above = snr_db, battery, above
        self._session.answers = b""
        at = 0
        while at < len(data):
            cid = data[at]
            size = _FROM_NETWORK[cid] if cid < len(_FROM_NETWORK) else 0xFF
            if size == 0xFF or at + 1 + size > len(data):
                return
            if cid == _LINK_ADR:
                at = self._link_adr(data, at)
                continue
            self._do(cid, data[at + 1 : at + 1 + size])
            at += 1 + size

    def _do(self, cid: int, data: bytes) -> None:
        session = self._session
        if cid == LINK_CHECK:
            if self.check_asked:
                self._adr.measured(data[0], session, self._above)
                self.gateways = data[1]
        elif cid == DEVICE_TIME:
            if self.time_asked:
                self.time = (_number(data, 0, 4), data[4])
        elif cid == _DUTY_CYCLE:
            session.most_duty = data[0] & 15
            self._answer(cid)
        elif cid == _RX_PARAM_SETUP:
            self._answer(cid, self._rx_param(data))
        elif cid == _DEV_STATUS:
            margin = max(-32, min(31, self._snr_db)) & 0x3F
            self._answer(cid, self._battery, margin)
        elif cid == _RX_TIMING_SETUP:
            session.rx1_delay_s = data[0] & 15 or 1
            self._answer(cid)
        elif cid == _TX_PARAM_SETUP:
            if session.region.TX_PARAM:
                self._tx_param(data[0])
        elif session.region.DYNAMIC:  # elsewhere nothing is answered to these
            if cid == _NEW_CHANNEL:
                self._answer(cid, session.channels.create(data[0], _number(data, 1, 3) * 100, data[4]))
            else:
                self._answer(cid, session.channels.move_downlink(data[0], _number(data, 1, 3) * 100))

    def _link_adr(self, data: bytes, at: int) -> int:
        """Carry out neighbouring LinkADRReq as one, all or nothing; return where they end."""
        session = self._session
        mask = bytearray(session.channels.mask)
        count, mask_right = 0, True
        while at + 5 <= len(data) and data[at] == _LINK_ADR:
            settings, redundancy = data[at + 1], data[at + 4]
            if not session.channels.masked(mask, redundancy >> 4 & 7, data[at + 2] | data[at + 3] << 8):
                mask_right = False
            count += 1
            at += 5
        rate, power, transmissions = settings >> 4, settings & 15, redundancy & 15
        rate = session.rate if rate == _KEEP else rate
        power = session.power if power == _KEEP else power
        status = self._link_adr_status(mask if mask_right else None, rate, power)
        if status == 7:
            session.rate, session.power = rate, power
            session.transmissions = transmissions or session.transmissions
            session.channels.mask[:] = mask
        for _ in range(count):
            self._answer(_LINK_ADR, status)
        return at

    def _link_adr_status(self, mask: bytearray | None, rate: int, power: int) -> int:
        """Return what is right: 4 power, 2 data rate, 1 channels."""
        session, adr = self._session, self._adr
        if mask is not None and not any(mask):
            mask = None
        rate_right = session.usable(rate, mask)
        power_right = power < session.region.POWERS
        sure = adr.margin_db >= 0 and adr.keeps_margin(session, rate, power)
        if not sure and (rate > session.rate or power > session.power):
            self.check_wanted = True  # the margin is not known, or of the past
        if not adr.keeps_margin(session, rate, min(power, session.power)):
            rate_right = False
        elif not adr.keeps_margin(session, rate, power):
            power_right = False
        return power_right << 2 | rate_right << 1 | (mask is not None and session.channels.enough(mask, rate))

    def _rx_param(self, data: bytes) -> int:
        """Carry out RXParamSetupReq, all or nothing; return what is right: 4 offset, 2 data rate, 1 frequency."""
        session = self._session
        offset, rate, hz = data[0] >> 4 & 7, data[0] & 15, _number(data, 1, 3) * 100
        status = (offset < len(session.region.RX1_OFFSETS)) << 2 | session.receivable(rate) << 1
        status |= session.region.LOW_HZ <= hz <= session.region.HIGH_HZ
        if status == 7:
            session.rx1_offset, session.rx2_rate, session.rx2_hz = offset, rate, hz
        return status

    def _tx_param(self, limits: int) -> None:
        session = self._session
        session.dwell = bool(limits & 0x10)
        session.eirp_dbm = _EIRP_DBM[limits & 15]
        self._answer(_TX_PARAM_SETUP)

    def _answer(self, *command: int) -> None:
        """Queue an answer; what does not fit into an uplink's FOpts is left out, as section 5 has it."""
        if len(self._session.answers) + len(command) <= _MOST_BYTES:
            self._session.answers += bytes(command)


def _whole(answers: bytes, most_bytes: int) -> bytes:
    """Return the first answers, as many as fit; the others are left out, as section 5 has it."""
    end = 0
    while end < len(answers) and end + 1 + _ANSWER[answers[end]] <= most_bytes:
        end += 1 + _ANSWER[answers[end]]
    return answers[:end]


def _repeated(answers: bytes) -> bytes:
    kept, at = b"", 0
    while at < len(answers):
        end = at + 1 + _ANSWER[answers[at]]
        if answers[at] in _REPEATED:
            kept += answers[at:end]
        at = end
    return kept


def _number(data: bytes, at: int, size: int) -> int:
    value = 0
    for i in range(size):
        value |= data[at + i] << 8 * i
    return value
