"""Semtech's UDP packet forwarder protocol, version 2: any network server can be behind a virtual gateway.

Lora-net/packet_forwarder, PROTOCOL.TXT. For real mode: the simulation watches the socket.
"""

import base64
import json
import re
import socket
from typing import Any

from baysense_host.virtual.air.gateway import Gateway, Uplink

VERSION = 2
PUSH_DATA, PUSH_ACK, PULL_DATA, PULL_RESP, PULL_ACK, TX_ACK = range(6)
KEEP_ALIVE_US = 10_000_000  # keepalive_interval of the forwarder's global_conf.json
_WRAP_US = 1 << 32  # tmst counts in 32 bits
_MOST_BYTES = 65_507
_DATA_RATE = re.compile(r"SF(\d+)BW(\d+)")


class SemtechUdp:
    """The forwarder of one gateway; `address` is the server's host and port."""

    def __init__(self, gateway: Gateway, address: tuple[str, int]) -> None:
        self.acknowledged = 0  # PUSH_ACK and PULL_ACK
        self._gateway = gateway
        self._clock = gateway.clock
        self.eui = gateway.name.encode()[:8].rjust(8, b"\0")
        self._token = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(address)
        gateway.on_uplink = self._push
        self._keep_alive()

    def fileno(self) -> int:
        """Return the socket to watch."""
        return self._socket.fileno()

    def on_readable(self) -> None:
        """Take everything the server has sent; a server that is away for now is no error."""
        while True:
            try:
                packet = self._socket.recv(_MOST_BYTES)
            except (BlockingIOError, ConnectionRefusedError):
                return
            self._take(packet)

    def close(self) -> None:
        """Stop forwarding."""
        self._clock.cancel(self._timer)
        self._gateway.on_uplink = lambda uplink: None
        self._socket.close()

    def _keep_alive(self) -> None:
        self._send(PULL_DATA, b"")
        self._timer = self._clock.after(KEEP_ALIVE_US, self._keep_alive)

    def _push(self, uplink: Uplink) -> None:
        packet = {
            "tmst": uplink.end_us % _WRAP_US, "freq": uplink.freq_hz / 1e6, "chan": 0, "rfch": 0, "stat": 1,
            "modu": "LORA", "datr": f"SF{uplink.sf}BW{uplink.bw_khz}", "codr": "4/5", "rssi": round(uplink.rssi_dbm),
            "lsnr": uplink.snr_db, "size": len(uplink.data), "data": base64.b64encode(uplink.data).decode(),
        }  # fmt: skip
        self._send(PUSH_DATA, json.dumps({"rxpk": [packet]}).encode())

    def _send(self, kind: int, body: bytes) -> None:
        self._token = self._token + 1 & 0xFFFF
        self._transmit(self._token.to_bytes(2, "big"), kind, body)

    def _transmit(self, token: bytes, kind: int, body: bytes) -> None:
        try:
            self._socket.send(bytes((VERSION,)) + token + bytes((kind,)) + self.eui + body)
        except ConnectionRefusedError:
            return  # nobody listens there now: UDP loses what nobody takes

    def _take(self, packet: bytes) -> None:
        if len(packet) < 4 or packet[0] != VERSION:
            return
        if packet[3] in (PUSH_ACK, PULL_ACK):
            self.acknowledged += 1
        elif packet[3] == PULL_RESP:
            problem = self._plan(packet[4:])
            body = {"txpk_ack": {"error": problem or "NONE"}}
            self._transmit(packet[1:3], TX_ACK, json.dumps(body).encode())

    def _plan(self, body: bytes) -> str:
        """Plan the downlink of a PULL_RESP; return why not, in the protocol's words."""
        try:
            frame: dict[str, Any] = json.loads(body)["txpk"]
            rate = _DATA_RATE.fullmatch(frame["datr"])
            data = base64.b64decode(frame["data"])
            freq_hz = round(frame["freq"] * 1e6)
            at_us = self._clock.now_us if frame.get("imme") else self._time_us(int(frame["tmst"]))
        except (KeyError, TypeError, ValueError):
            return "INTERNAL_ERROR"
        if rate is None or not frame.get("ipol"):
            return "INTERNAL_ERROR"  # only LoRaWAN downlinks
        return self._gateway.plan(data, at_us, freq_hz, int(rate[1]), int(rate[2]), float(frame.get("powe", 14)))

    def _time_us(self, tmst: int) -> int:
        """Return the virtual time that a 32-bit count means: the one nearest to now."""
        now_us = self._clock.now_us
        ahead_us = (tmst - now_us) % _WRAP_US
        return now_us + (ahead_us if ahead_us < _WRAP_US // 2 else ahead_us - _WRAP_US)
