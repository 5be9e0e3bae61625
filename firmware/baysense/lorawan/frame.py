"""Data frames: build an uplink in a buffer, check and open a downlink. Offsets as in LoRaWAN 1.0.4 section 4.

MHDR 1 | DevAddr 4 | FCtrl 1 | FCnt 2 | FOpts 0-15 | FPort 0-1 | FRMPayload | MIC 4, little-endian.
"""

from baysense.lorawan.crypto import Key

OVERHEAD_BYTES = 13  # of a frame with FPort and no FOpts

UNCONFIRMED_UP = 0x40  # MHDR
_UNCONFIRMED_DOWN = 0x60
CONFIRMED_UP = 0x80
_CONFIRMED_DOWN = 0xA0

ADR = 0x80  # FCtrl
ADR_ACK_REQ = 0x40
ACK = 0x20
_PENDING = 0x10

_LEAST_BYTES = 12  # of a frame without FPort
_FOPTS_AT = 8
_DOWN = 1


class Downlink:
    """What an accepted downlink holds: MAC commands, and data for the application if `fport` is not None."""

    def __init__(self, fcnt: int, fctrl: int, confirmed: bool) -> None:
        self.fcnt = fcnt
        self.confirmed = confirmed
        self.acks = bool(fctrl & ACK)
        self.pending = bool(fctrl & _PENDING)
        self.commands = b""
        self.fport: int | None = None
        self.payload = b""


class Frames:
    """The frames of one session: its address, as it is on the air, and its keys."""

    def __init__(self, dev_addr: bytes, nwk_skey: bytes, app_skey: bytes) -> None:
        self.dev_addr = dev_addr
        self._nwk, self._app = Key(nwk_skey), Key(app_skey)
        self._block = bytearray(
            16
        )  # B0 and A1, A2 ... of section 4.3.3 and 4.4: both hold direction, address, counter
        self._block[6:10] = dev_addr
        self._stream = bytearray(16)

    def uplink(
        self, out: bytearray, fcnt: int, fctrl: int, fopts: bytes, fport: int | None, payload: bytes, confirmed: bool
    ) -> int:
        """Write an uplink; return its length. FPort 0 carries MAC commands and allows no FOpts."""
        options, size = len(fopts), len(payload)
        out[0] = CONFIRMED_UP if confirmed else UNCONFIRMED_UP
        out[1:5] = self.dev_addr
        out[5] = fctrl | options
        out[6] = fcnt & 0xFF
        out[7] = fcnt >> 8 & 0xFF
        at = _FOPTS_AT
        if options:
            out[at : at + options] = fopts
            at += options
        self._count(0, fcnt)
        if fport is not None:
            out[at] = fport
            at += 1
            out[at : at + size] = payload
            self._crypt(self._app if fport else self._nwk, out, at, size)
            at += size
        out[at : at + 4] = self._mic(out, at)
        return at + 4

    def downlink(self, data: bytes, last_fcnt: int) -> Downlink | None:
        """Return what is in a downlink, None when it is not for us, not whole or not new (last_fcnt -1: none yet)."""
        end = len(data) - 4
        if not _LEAST_BYTES <= end + 4 <= 255 or data[0] not in (_UNCONFIRMED_DOWN, _CONFIRMED_DOWN):
            return None
        options_end = _FOPTS_AT + (data[5] & 0x0F)
        fcnt = _whole(data[6] | data[7] << 8, last_fcnt)
        if data[1:5] != self.dev_addr or options_end > end or fcnt > 0xFFFFFFFF:
            return None
        self._count(_DOWN, fcnt)
        if self._mic(data, end) != data[end:]:
            return None
        frame = Downlink(fcnt, data[5], data[0] == _CONFIRMED_DOWN)
        frame.commands = data[_FOPTS_AT:options_end]
        if options_end == end:
            return frame
        return self._opened(frame, data[options_end], bytearray(data[options_end + 1 : end]))

    def _opened(self, frame: Downlink, fport: int, payload: bytearray) -> Downlink | None:
        self._crypt(self._app if fport else self._nwk, payload, 0, len(payload))
        if fport:
            frame.fport, frame.payload = fport, bytes(payload)
        elif frame.commands:
            return None  # commands in both places: section 4.3.1.6 has the frame dropped
        else:
            frame.commands = bytes(payload)
        return frame

    def _count(self, direction: int, fcnt: int) -> None:
        block = self._block
        block[5] = direction
        block[10] = fcnt & 0xFF
        block[11] = fcnt >> 8 & 0xFF
        block[12] = fcnt >> 16 & 0xFF
        block[13] = fcnt >> 24

    def _crypt(self, key: Key, data: bytearray, at: int, size: int) -> None:
        """Encrypt or decrypt in place."""
        block, stream = self._block, self._stream
        block[0] = block[15] = 1
        while size > 0:
            key.encrypt(block, stream)
            for i in range(size if size < 16 else 16):
                data[at + i] ^= stream[i]
            at += 16
            size -= 16
            block[15] += 1

    def _mic(self, data: bytes | bytearray, length: int) -> bytes | bytearray:
        block = self._block
        block[0] = 0x49
        block[15] = length
        return self._nwk.cmac(data, length, block)[:4]


def _whole(low: int, last: int) -> int:
    """Return the least 32-bit counter above the last one that ends in these 16 bits."""
    following = last + 1
    return following + ((low - following) & 0xFFFF)
