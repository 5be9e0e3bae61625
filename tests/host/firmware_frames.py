"""The firmware's LoRaWAN frames, asked on real MicroPython."""

import atexit
import sys
from functools import cache
from pathlib import Path

from line_process import LineProcess

_FIRMWARE = Path(__file__).parents[2] / "firmware"
_MICROPYTHON = Path(sys.executable).with_name("micropython")

# One question a line, one answer a line. Addresses and nonces are bytes as they are on the air.
_SCRIPT = """
import json, sys
from binascii import hexlify, unhexlify
from baysense.lorawan import crypto, frame, join

def text(data):
    return hexlify(data).decode()

def frames(q):
    return frame.Frames(unhexlify(q["dev_addr"]), unhexlify(q["nwk_skey"]), unhexlify(q["app_skey"]))

def uplink(q):
    out = bytearray(255)
    length = frames(q).uplink(
        out, q["fcnt"], q["fctrl"], unhexlify(q["fopts"]), q["fport"], unhexlify(q["payload"]), q["confirmed"]
    )
    return {"frame": text(out[:length])}

def downlink(q):
    got = frames(q).downlink(unhexlify(q["frame"]), q["last"])
    if got is None:
        return {"refused": True}
    return {
        "fcnt": got.fcnt, "confirmed": got.confirmed, "ack": got.acks, "fpending": got.pending,
        "commands": text(got.commands), "fport": got.fport, "payload": text(got.payload),
    }

def join_request(q):
    key = crypto.Key(unhexlify(q["app_key"]))
    return {"frame": text(join.request(key, unhexlify(q["dev_eui"]), unhexlify(q["join_eui"]), q["dev_nonce"]))}

def join_accept(q):
    key = crypto.Key(unhexlify(q["app_key"]))
    got = join.opened(key, unhexlify(q["frame"]))
    if got is None:
        return {"refused": True}
    return {
        "join_nonce": text(got.join_nonce), "net_id": text(got.net_id), "dev_addr": text(got.dev_addr),
        "rx1_offset": got.rx1_offset, "rx2_rate": got.rx2_rate, "rx1_delay_s": got.rx1_delay_s,
        "cflist": text(got.cflist),
        "nwk_skey": text(join.session_key(key, 1, got, q["dev_nonce"])),
        "app_skey": text(join.session_key(key, 2, got, q["dev_nonce"])),
    }

def cmac(q):
    message = unhexlify(q["message"])
    return {"cmac": text(crypto.Key(unhexlify(q["key"])).cmac(message, len(message)))}

answer = {
    "uplink": uplink, "downlink": downlink, "join_request": join_request, "join_accept": join_accept, "cmac": cmac,
}
while True:
    line = sys.stdin.readline()
    if not line:
        break
    q = json.loads(line)
    print(json.dumps(answer[q["op"]](q)))
"""


@cache
def firmware() -> LineProcess:
    """Return the running interpreter."""
    started = LineProcess([str(_MICROPYTHON), "-c", _SCRIPT], MICROPYPATH=f"{_FIRMWARE}:.frozen")
    atexit.register(started.close)
    return started
