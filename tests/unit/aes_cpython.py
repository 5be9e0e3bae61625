"""AES for CPython, which has none: import this before the firmware. MicroPython has `cryptolib` and keeps it.

ECB mode only, straight from FIPS 197; slow, for tests.
"""

import sys

_ROUNDS = 10


def _times_x(value: int) -> int:
    return (value << 1 ^ 0x11B) & 0xFF if value & 0x80 else value << 1


def _s_box() -> list:
    """Return the substitution box: inverse in GF(2^8), then the affine map."""
    power, log, value = [], {}, 1
    for exponent in range(255):
        power.append(value)
        log[value] = exponent
        value ^= _times_x(value)  # times 3, a generator
    box = [0x63]
    for value in range(1, 256):
        inverse = power[(255 - log[value]) % 255]
        turned = inverse
        for _ in range(4):
            inverse = (inverse << 1 | inverse >> 7) & 0xFF
            turned ^= inverse
        box.append(turned ^ 0x63)
    return box


_BOX = _s_box()


class _Aes:
    """Stands for cryptolib.aes with a key of 16 bytes in mode 1."""

    def __init__(self, key: bytes, mode: int) -> None:
        assert len(key) == 16 and mode == 1
        words = [list(key[at : at + 4]) for at in range(0, 16, 4)]
        constant = 1
        for at in range(4, 4 * (_ROUNDS + 1)):
            word = list(words[at - 1])
            if at % 4 == 0:
                word = [_BOX[byte] for byte in word[1:] + word[:1]]
                word[0] ^= constant
                constant = _times_x(constant)
            words.append([a ^ b for a, b in zip(word, words[at - 4], strict=True)])
        self._keys = [sum(words[at : at + 4], []) for at in range(0, len(words), 4)]

    def encrypt(self, data: bytes, out: bytearray) -> bytearray:
        """Encrypt whole blocks."""
        assert len(data) % 16 == 0 and len(out) >= len(data)
        for at in range(0, len(data), 16):
            out[at : at + 16] = self._block(data[at : at + 16])
        return out

    def decrypt(self, data: bytes, out: bytearray) -> bytearray:
        """Decrypt whole blocks."""
        assert len(data) % 16 == 0 and len(out) >= len(data)
        for at in range(0, len(data), 16):
            out[at : at + 16] = self._unblock(data[at : at + 16])
        return out

    def _unblock(self, block: bytes) -> bytes:
        state = list(block)
        for number in range(_ROUNDS, 0, -1):
            state = [a ^ b for a, b in zip(state, self._keys[number], strict=True)]
            if number != _ROUNDS:
                state = _mixed(_mixed(_mixed(state)))  # four times is none
            before = list(state)
            for at in range(16):
                before[(at + 4 * (at % 4)) % 16] = _BOX.index(state[at])
            state = before
        return bytes([a ^ b for a, b in zip(state, self._keys[0], strict=True)])

    def _block(self, block: bytes) -> bytes:
        state = [a ^ b for a, b in zip(block, self._keys[0], strict=True)]
        for key in self._keys[1:]:
            state = [_BOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]  # substitute, shift rows
            if key is not self._keys[_ROUNDS]:
                state = _mixed(state)
            state = [a ^ b for a, b in zip(state, key, strict=True)]
        return bytes(state)


def _mixed(state: list) -> list:
    out = []
    for at in range(0, 16, 4):
        column = state[at : at + 4]
        total = column[0] ^ column[1] ^ column[2] ^ column[3]
        out += [column[i] ^ total ^ _times_x(column[i] ^ column[(i + 1) % 4]) for i in range(4)]
    return out


if sys.implementation.name == "cpython":
    stand_in = type(sys)("cryptolib")
    stand_in.aes = _Aes  # type: ignore[attr-defined]
    aes = sys.modules.setdefault("cryptolib", stand_in).aes
else:
    from cryptolib import aes

__all__ = ["aes"]
