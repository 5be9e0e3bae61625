"""The network of one LoRaWAN device: what it sends, and what of that a device must believe.

Said a second time and in other words than the node's own code (LoRaWAN 1.0.4, sections 4 and 6).
"""

import struct

from cryptolib import aes

ACK = 0x20
PENDING = 0x10
UNCONFIRMED, CONFIRMED = 0x60, 0xA0  # MHDR of downlinks
_UP, _DOWN = 0, 1
_ECB, _CBC = 1, 2
_END = 1 << 32  # of frame counters


class Heard:
    """What a believed downlink says."""

    def __init__(self, fctrl: int, confirmed: bool, fport: int | None, payload: bytes) -> None:
        self.acks, self.confirmed = bool(fctrl & ACK), confirmed
        self.fport, self.payload = fport, payload


class Network:
    """The session as the network has it; keys change with every join-accept that the device must take."""

    def __init__(self, app_key: bytes) -> None:
        self._app_key = app_key
        self.address = self.nwk_skey = self.app_skey = self.join_nonce = b""
        self.last = -1  # counter of the last downlink that was believed
        self.dev_nonce = 0

    def downlink(
        self, counter: int, fctrl: int, fopts: bytes, fport: int | None, payload: bytes, kind: int = UNCONFIRMED,
        address: bytes = b"", direction: int = _DOWN,
    ) -> bytes:  # fmt: skip
        """Return a frame with a right MIC; what else is in it may be nonsense."""
        address = address or self.address
        frame = bytes((kind,)) + address + bytes((fctrl | len(fopts), counter & 0xFF, counter >> 8 & 0xFF)) + fopts
        if fport is not None:
            key = self.app_skey if fport else self.nwk_skey
            frame += bytes((fport,)) + _crypt(key, direction, address, counter, payload)
        return frame + self._mic(direction, address, counter, frame)

    def believed(self, data: bytes) -> Heard | None:
        """Return what a device must take from a frame, None if nothing; what it takes raises the counter."""
        if len(data) < 12 or data[0] not in (UNCONFIRMED, CONFIRMED) or data[1:5] != self.address:
            return None
        counter = self._counter(data[6] | data[7] << 8)
        body, mic, size = data[8:-4], data[-4:], data[5] & 0x0F
        if counter >= _END or size > len(body) or mic != self._mic(_DOWN, self.address, counter, data[:-4]):
            return None
        rest = body[size:]
        if rest[:1] == b"\0" and size:
            return None
        self.last = counter
        fport = rest[0] if rest else None
        key = self.app_skey if fport else self.nwk_skey
        return Heard(data[5], data[0] == CONFIRMED, fport, _crypt(key, _DOWN, self.address, counter, rest[1:]))

    def uplink(self, frame: bytes, least: int) -> int:
        """Return the counter of an uplink, of which it must be at least this; -1 when its MIC is wrong."""
        counter = least & ~0xFFFF | frame[6] | frame[7] << 8
        right = frame[1:5] == self.address and frame[-4:] == self._mic(_UP, self.address, counter, frame[:-4])
        return counter if right else -1

    def accept(self, join_nonce: bytes, rest: bytes) -> bytes:
        """Return a join-accept with a right MIC; `rest` is all of it from NetID on."""
        plain = b"\x20" + join_nonce + rest
        plain += cmac(self._app_key, plain)[:4]
        return plain[:1] + bytes(aes(self._app_key, _ECB).decrypt(plain[1:]))

    def granted(self, data: bytes) -> bytes | None:
        """Return the plain text of a join-accept whose MIC is right, None for any other frame."""
        if len(data) not in (17, 33) or data[0] != 0x20:
            return None
        plain = data[:1] + bytes(aes(self._app_key, _ECB).encrypt(data[1:]))
        return plain if cmac(self._app_key, plain[:-4])[:4] == plain[-4:] else None

    def begin(self, plain: bytes) -> None:
        """Begin the session that a join-accept grants."""
        self.join_nonce, self.address, self.last = plain[1:4], plain[7:11], -1
        tail = plain[1:7] + struct.pack("<H", self.dev_nonce) + bytes(7)
        keys = bytes(aes(self._app_key, _ECB).encrypt(b"\x01" + tail + b"\x02" + tail))
        self.nwk_skey, self.app_skey = keys[:16], keys[16:]

    def _counter(self, low: int) -> int:
        """Return the first counter above the last one that ends so."""
        counter = self.last & ~0xFFFF | low
        return counter if counter > self.last else counter + 0x10000

    def _mic(self, direction: int, address: bytes, counter: int, frame: bytes) -> bytes:
        head = struct.pack("<BIB4sIBB", 0x49, 0, direction, address, counter, 0, len(frame) & 0xFF)
        return cmac(self.nwk_skey, head + frame)[:4]


def cmac(key: bytes, data: bytes) -> bytes:
    """Return the CMAC of RFC 4493, by a cipher in CBC mode."""
    first = _doubled(bytes(aes(key, _ECB).encrypt(bytes(16))))
    size = len(data)
    whole = size > 0 and size % 16 == 0
    last = first if whole else _doubled(first)
    if not whole:
        data += b"\x80" + bytes(15 - size % 16)
    data = data[:-16] + bytes(data[at - 16] ^ last[at] for at in range(16))
    return bytes(aes(key, _CBC, bytes(16)).encrypt(data))[-16:]


def _doubled(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number ^= 1 << 128 | 0x87
    return number.to_bytes(16, "big")


def _crypt(key: bytes, direction: int, address: bytes, counter: int, data: bytes) -> bytes:
    blocks = b""
    for number in range((len(data) + 15) // 16):
        blocks += struct.pack("<BIB4sIBB", 1, 0, direction, address, counter, 0, number + 1)
    stream = bytes(aes(key, _ECB).encrypt(blocks)) if blocks else b""
    return bytes(data[at] ^ stream[at] for at in range(len(data)))
