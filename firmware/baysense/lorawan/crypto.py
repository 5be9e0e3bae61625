"""AES-128 as LoRaWAN uses it: CMAC (RFC 4493), and counters turned into a key stream.

Only AES encryption in ECB mode is needed, even for a join-accept, which the network "decrypts". Nothing is allocated
after the constructor. The subkeys of CMAC are computed once a key.
"""

from cryptolib import aes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_ECB = 1


class Key:
    """One AES-128 key; `encrypt(block, out)` encrypts whole blocks."""

    def __init__(self, key: bytes) -> None:
        self.encrypt: Callable[[bytes | bytearray, bytearray], bytearray] = aes(key, _ECB).encrypt
        self._x = bytearray(16)
        self._key_1 = bytearray(16)
        self.encrypt(self._x, self._key_1)
        _double(self._key_1)
        self._key_2 = bytearray(self._key_1)
        _double(self._key_2)

    def cmac(self, data: "bytes | bytearray | memoryview", length: int, first: bytearray | None = None) -> bytearray:
        """Return the CMAC of `length` bytes, of a block and these if one is given; valid until the next call."""
        x, encrypt = self._x, self.encrypt
        if first is None:
            for i in range(16):
                x[i] = 0
        else:
            encrypt(first, x)
        at = 0
        while length - at > 16:
            for i in range(16):
                x[i] ^= data[at + i]
            encrypt(x, x)
            at += 16
        rest = length - at
        for i in range(rest):
            x[i] ^= data[at + i]
        last = self._key_1
        if rest < 16:
            x[rest] ^= 0x80
            last = self._key_2
        for i in range(16):
            x[i] ^= last[i]
        return encrypt(x, x)


def _double(block: bytearray) -> None:
    """Multiply by x in GF(2^128), RFC 4493 section 2.3."""
    top = block[0]
    for i in range(15):
        block[i] = (block[i] << 1 | block[i + 1] >> 7) & 0xFF
    block[15] = block[15] << 1 & 0xFF
    if top & 0x80:
        block[15] ^= 0x87
