"""Over-the-air activation: the join-request, the join-accept and the session keys (LoRaWAN 1.0.4 section 6)."""

from baysense.lorawan.crypto import Key

REQUEST_BYTES = 23
_REQUEST = 0x00  # MHDR
_ACCEPT = 0x20
_LIST_BYTES = 16


class Accept:
    """What a join-accept grants; bytes as they are on the air, little-endian."""

    def __init__(self, plain: bytes) -> None:
        self.join_nonce = plain[1:4]
        self.net_id = plain[4:7]
        self.dev_addr = plain[7:11]
        self.rx1_offset = plain[11] >> 4 & 7
        self.rx2_rate = plain[11] & 15
        self.rx1_delay_s = plain[12] & 15 or 1
        self.cflist = plain[13:-4]  # 16 bytes or none


def request(app_key: Key, dev_eui: bytes, join_eui: bytes, dev_nonce: int) -> bytes:
    """Return a join-request; EUIs as they are printed."""
    frame = bytearray(REQUEST_BYTES)
    frame[0] = _REQUEST
    frame[1:9] = _reversed(join_eui)
    frame[9:17] = _reversed(dev_eui)
    frame[17] = dev_nonce & 0xFF
    frame[18] = dev_nonce >> 8
    frame[19:] = app_key.cmac(frame, REQUEST_BYTES - 4)[:4]
    return bytes(frame)


def opened(app_key: Key, data: bytes) -> Accept | None:
    """Return what a join-accept grants, None when it is none or not for this key."""
    if len(data) not in (17, 17 + _LIST_BYTES) or data[0] != _ACCEPT:
        return None
    body = bytearray(data[1:])
    app_key.encrypt(body, body)  # the network decrypted it
    plain = data[:1] + bytes(body)
    if app_key.cmac(plain, len(plain) - 4)[:4] != plain[-4:]:
        return None
    return Accept(plain)


def session_key(app_key: Key, kind: int, accept: Accept, dev_nonce: int) -> bytes:
    """Return NwkSKey (kind 1) or AppSKey (kind 2)."""
    block = bytearray(16)
    block[0] = kind
    block[1:4] = accept.join_nonce
    block[4:7] = accept.net_id
    block[7] = dev_nonce & 0xFF
    block[8] = dev_nonce >> 8
    app_key.encrypt(block, block)
    return bytes(block)


def _reversed(eui: bytes) -> bytes:
    return bytes([eui[len(eui) - 1 - i] for i in range(len(eui))])
