"""The device's MQTT against a broker that talks nonsense: it never crashes, never hangs, never believes too much."""

from pathlib import Path

from net_device import Device

ROUNDS = 10_000

# Time passes only where the device polls, so that what is not answered costs nothing here.
FAKES = """
import random
from baysense.net import mqtt

class Clock:
    now_ms = 0
    def ticks_ms(self):
        return self.now_ms
    def ticks_add(self, ticks, delta):
        return ticks + delta
    def ticks_diff(self, end, begin):
        return end - begin

class Poll:
    def register(self, stream, mask):
        pass
    def poll(self, most_ms):
        clock.now_ms += most_ms

class Peer:
    SOCK_STREAM = POLLIN = 1
    def __init__(self, answers):
        self.answers, self.inbound, self.said, self.stutter = answers, b"", b"", 0
    def socket(self):
        return self
    def getaddrinfo(self, host, port):
        return [(0, 0, 0, "", (host, port))]
    def poll(self):
        return Poll()
    def ignore(self, *args):
        pass
    settimeout = connect = setblocking = close = ignore
    def write(self, data):
        if self.stutter and random.getrandbits(1):
            return None
        if not self.stutter and self.answers:
            self.inbound += self.answers.pop(0)
        count = min(len(data), self.stutter or len(data))
        self.said += data[:count]
        return count
    def readinto(self, buffer, size):
        if not self.inbound:
            return None
        count = min(size, len(self.inbound), random.getrandbits(6) + 1)
        buffer[:count] = self.inbound[:count]
        self.inbound = self.inbound[count:]
        return count

def against(peer):
    global clock
    clock = Clock()
    mqtt.socket = mqtt.select = peer
    mqtt.time = clock
    return mqtt.Mqtt("broker.test", 1883, "bay-1", "", "")

def published(topic, payload, flags=0x32, packet_id=b"\\x00\\x07"):
    body = bytes([0, len(topic)]) + topic + packet_id + payload
    return bytes([flags, len(body) & 127 | 128, len(body) >> 7]) + body
"""

MUTATE = """
CONNACK, PINGRESP = b" \\x02\\x00\\x00", b"\\xd0\\x00"
SUBACK, PUBACK = b"\\x90\\x03\\x00\\x01\\x01", b"@\\x02\\x00\\x02"
CMD = b"bay/cmd"
TALK = [CONNACK, SUBACK + published(CMD, b'{"method": "status"}'), PINGRESP + published(CMD, b"y" * 1100) + PUBACK]

def mutated(data):
    data = bytearray(data)
    for _ in range(1 + random.getrandbits(2)):
        at, kind = random.randrange(len(data)), random.getrandbits(2)
        if kind == 0:
            data[at] = random.getrandbits(8)
        elif kind == 1:
            data[at] ^= 1 << random.getrandbits(3)
        elif kind == 2:
            data = data[:at] + bytes([random.getrandbits(8)]) + data[at:]
        else:
            data = data[:at] + data[at + 1:] or bytearray(1)
    return bytes(data)

def said_by(heard, kind, identifier):
    # chumicro-mqtt overlooks reserved flags and lengths with leading zeros
    return any([heard[at] & 0xF0 == kind and identifier in heard[at + 2 : at + 6] for at in range(len(heard))])

def believed(talk):
    heard = b"".join(talk)
    broker = against(Peer(list(talk)))
    assert said_by(heard, 0x20, b"\\x00"), "login"
    broker.subscribe("bay/cmd")
    assert said_by(heard, 0x90, b"\\x00\\x01"), "subscription"
    for _ in range(3):
        message = broker.receive(300)
        if message:
            assert len(message[1]) <= 1024
            assert message[0].encode() in heard and message[1] in heard, "message"
    broker.publish("bay/event", b"x", False)
    assert said_by(heard, 0x40, b"\\x00\\x02"), "publication"
    for _ in range(3):
        broker.receive(100)

done, refused = 0, 0
for seed in range(ARGUMENTS["rounds"]):
    random.seed(seed)
    talk = list(TALK)
    spoilt = random.randrange(3)
    talk[spoilt] = mutated(talk[spoilt])
    try:
        believed(talk)
        done += 1
    except OSError:
        refused += 1
    except Exception as error:
        say("crash", seed, repr(error))
    if clock.now_ms > 45_000:
        say("hangs", seed, clock.now_ms)
say("end", done, refused)
"""

STUTTER = """
peer = Peer([b" \\x02\\x00\\x00"])
broker = against(peer)
peer.stutter = 7
packets = [b"a" * 50, b"b" * 3, b"c" * 20]
for packet in packets:
    while not broker._transport.send(packet):
        pass
while broker._transport._unsent:
    broker._transport._flush()
say(peer.said.endswith(b"".join(packets)))
"""


def test_mutated_packets_do_no_harm(tmp_path: Path) -> None:
    """Fail with OSError, or go on; accept nothing that was not said."""
    *harm, end = Device(tmp_path / "device").run(FAKES + MUTATE, rounds=ROUNDS)
    assert harm == []
    done, refused = end[1:]
    assert done + refused == ROUNDS
    assert min(done, refused) > ROUNDS // 10  # both happen, or this tests nothing


def test_packets_are_sent_whole_and_in_order(tmp_path: Path) -> None:
    """Finish what the socket took in part before the next packet, as TLS demands."""
    assert Device(tmp_path / "device").run(FAKES + STUTTER) == [[True]]
