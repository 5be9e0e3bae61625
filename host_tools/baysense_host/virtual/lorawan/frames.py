"""Downlink frames and session keys.

pamoja encodes every frame that has a port. It offers none without, which is how networks send an acknowledgment or
commands alone; these are built here, on its AES.
"""

import struct

from baysense_host.virtual.lorawan.library import native

_UNCONFIRMED_DOWN = 0x60
_ACK, _FPENDING = 0x20, 0x10
_B0_DOWN = 1
_MSB_POLYNOMIAL = 0x87  # RFC 4493 §2.3
_NWK_SKEY, _APP_SKEY = 1, 2


def session_keys(app_key: bytes, join_nonce: int, net_id: int, dev_nonce: int) -> tuple[bytes, bytes]:
    """Return NwkSKey and AppSKey of a join (LoRaWAN 1.0.4 §6.2.5)."""
    nonces = join_nonce.to_bytes(3, "little") + net_id.to_bytes(3, "little") + dev_nonce.to_bytes(2, "little")
    padded = nonces + bytes(7)
    return _aes(app_key, bytes([_NWK_SKEY]) + padded), _aes(app_key, bytes([_APP_SKEY]) + padded)


def without_port(nwk_skey: bytes, dev_addr: int, fcnt: int, ack: bool, fpending: bool, fopts: bytes) -> bytes:
    """Return an unconfirmed downlink that carries commands or nothing (LoRaWAN 1.0.4 §4.3.2: no port, no payload)."""
    fctrl = (_ACK if ack else 0) | (_FPENDING if fpending else 0) | len(fopts)
    frame = struct.pack("<BIBH", _UNCONFIRMED_DOWN, dev_addr, fctrl, fcnt & 0xFFFF) + fopts
    b0 = struct.pack("<BIBIIBB", 0x49, 0, _B0_DOWN, dev_addr, fcnt, 0, len(frame))
    return frame + cmac(nwk_skey, b0 + frame)[:4]


def cmac(key: bytes, message: bytes) -> bytes:
    """Return the AES-CMAC of a message (RFC 4493)."""
    whole = max(len(message) - 1, 0) // 16 * 16
    state = bytes(16)
    for at in range(0, whole, 16):
        state = _aes(key, _xor(state, message[at : at + 16]))
    last = message[whole:]
    subkey = _doubled(_aes(key, bytes(16)))
    if len(last) < 16:
        subkey, last = _doubled(subkey), (last + b"\x80").ljust(16, b"\0")
    return _aes(key, _xor(_xor(state, last), subkey))


def _aes(key: bytes, block: bytes) -> bytes:
    """Encrypt one block: to unwrap a multicast key is one bare AES-128 encryption (TS005-2.0.0 §4.3)."""
    return native.lorawan_mc_key(key, block)


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(16)


def _doubled(block: bytes) -> bytes:
    """Return a block times x in GF(2^128)."""
    value = int.from_bytes(block) << 1
    if value >> 128:
        value = value & (1 << 128) - 1 ^ _MSB_POLYNOMIAL
    return value.to_bytes(16)
