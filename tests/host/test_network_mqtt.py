"""MQTT end to end: the device's client in real MicroPython, real brokers, a listener, virtual time."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from baysense_host.errors import ToolError
from baysense_host.virtual.net.broker import EmbeddedBroker
from baysense_host.virtual.net.listener import Listener, _Raw
from baysense_host.virtual.net.mosquitto import Mosquitto, available
from baysense_host.virtual.net.mqtt_tap import MqttTap, Published
from network_harness import NO_MOSQUITTO, Bench, device_packages

Address = tuple[str, int]

CLIENT = """
    import errno, socket, network, vb_link
    from chumicro_mqtt import MQTTClient

    class Ticks:
        def ticks_ms(self):
            return vb_link.now_us() // 1000
        def ticks_add(self, ticks, delta):
            return ticks + delta
        def ticks_diff(self, end, start):
            return end - start

    class Transport:
        # chumicro-mqtt wants recv_into, which MicroPython's socket has not
        def __init__(self, address):
            self._socket = socket.socket()
            self._socket.connect(address)
            self.send, self.close = self._socket.send, self._socket.close
            self.setblocking = self._socket.setblocking
        def recv_into(self, view, size):
            count = self._socket.readinto(view, size)
            if count is None:
                raise OSError(errno.EAGAIN)
            return count

    wlan = network.WLAN(network.WLAN.IF_STA)
    wlan.active(True)
    wlan.connect("Depot", "parken-parken")
    while not wlan.isconnected():
        vb_link.wait(100_000)

    ticks = Ticks()
    transport = Transport(socket.getaddrinfo("broker.test", 1883)[0][-1])
    client = MQTTClient(transport, client_id="bay-1", ticks=ticks)
    acknowledged = []
    def acknowledge(topic, payload):
        acknowledged.append(payload)
    client.connect()

    def until(condition):
        for _ in range(200):
            client.handle(ticks.ticks_ms())
            if condition():
                return
            vb_link.wait(50_000)
        raise OSError(client.state)

    until(lambda: client.state == "connected")
    for number in range({count}):
        payload = '{{"seq": %d}}' % number
        client.publish("baysense/bay-1/event", payload, qos=1, on_publish=acknowledge)
        until(lambda: len(acknowledged) > number)
    client.publish("baysense/bay-1/state", "occupied", qos=1, retain=True, on_publish=acknowledge)
    until(lambda: acknowledged[-1] == b"occupied")
    print(len(acknowledged), vb_link.now_us())
    client.disconnect()
"""


@pytest.fixture(params=["embedded", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    """Run a broker and return its address."""
    if request.param == "embedded":
        with EmbeddedBroker() as embedded:
            yield embedded.address
        return
    if not available():
        pytest.skip(NO_MOSQUITTO)
    with Mosquitto(tmp_path / "mosquitto") as mosquitto:
        yield mosquitto.address


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Return a folder with nothing but the device's packages."""
    return device_packages(tmp_path)


def run_client(broker: Address, folder: Path, packages: Path, count: int) -> tuple[Bench, Listener, str]:
    """Publish `count` events and a state from MicroPython; return what a listener got."""
    bench = Bench()
    bench.network.names.add("broker.test", {1883: broker})
    listener = Listener(bench.network, broker, bench.host.now_us)
    listener.start()
    bench.host.listener = listener
    output = bench.interpret(CLIENT.format(count=count), folder, packages)
    listener.settle()
    listener.stop()
    bench.network.close()
    return bench, listener, output


def test_events_arrive_once_in_order_and_on_time(broker: Address, tmp_path: Path, packages: Path) -> None:
    """Deliver everything exactly once, with the virtual time of sending plus the way."""
    bench, listener, output = run_client(broker, tmp_path, packages, 5)
    events = [m for m in listener.messages if m.topic == "baysense/bay-1/event"]
    assert [json.loads(m.payload)["seq"] for m in events] == [0, 1, 2, 3, 4]
    states = [m for m in listener.messages if m.topic == "baysense/bay-1/state"]
    assert [m.payload for m in states] == [b"occupied"]
    assert output.startswith("6 ")
    sent = [p.t_us for p in bench.network.published if p.up]
    assert [m.t_us for m in listener.messages] == [t_us + 10_000 for t_us in sent]
    assert sent == sorted(sent)


def test_a_run_repeats_to_the_byte(broker: Address, tmp_path: Path, packages: Path) -> None:
    """Have the same log, the same times and the same output twice."""
    runs = [run_client(broker, tmp_path, packages, 3) for _ in range(2)]
    assert runs[0][0].host.logged == runs[1][0].host.logged
    fresh = [[m for m in run[1].messages if not m.retained] for run in runs]
    assert fresh[0] == fresh[1]
    assert runs[0][2] == runs[1][2]


def test_holding_costs_little_wall_time(tmp_path: Path, packages: Path) -> None:
    """Exchange with the embedded broker at a few milliseconds of wall time a message."""
    with EmbeddedBroker() as broker:
        start_s = time.monotonic()
        run_client(broker.address, tmp_path, packages, 50)
        assert time.monotonic() - start_s < 3


def test_half_open_session_is_taken_over(broker: Address, tmp_path: Path, packages: Path) -> None:
    """Connect again under the same client id after the chip vanished in mid-session."""
    bench = Bench()
    bench.network.names.add("broker.test", {1883: broker})
    vanishing = CLIENT.format(count=1).replace("    client.disconnect()\n", "")
    bench.interpret(vanishing, tmp_path, packages)
    bench.board.reset()
    output = bench.interpret(CLIENT.format(count=1), tmp_path, packages)
    assert output.startswith("2 ")
    bench.network.close()


def test_listener_gets_retained_and_foreign_messages(broker: Address, tmp_path: Path, packages: Path) -> None:
    """Stamp what no board has sent with the time it is noticed."""
    run_client(broker, tmp_path, packages, 1)
    bench = Bench()
    bench.host.time_us = 77
    listener = Listener(bench.network, broker, bench.host.now_us)
    listener.start()
    end_s = time.monotonic() + 5
    while not listener.messages and time.monotonic() < end_s:
        listener.collect()
        time.sleep(0.01)
    listener.stop()
    assert [(m.t_us, m.topic, m.retained) for m in listener.messages] == [(77, "baysense/bay-1/state", True)]


def test_listener_minds_no_message_that_is_early() -> None:
    """Stamp right, and not wait for, what came before it was known that a board had sent it; foreign ones stay."""
    bench = Bench()
    bench.host.time_us = 500
    listener = Listener(bench.network, ("127.0.0.1", 1), bench.host.now_us)
    listener._take([_Raw("baysense/x", b"old", False)])
    bench.host.time_us = 1_000
    listener._expect(Published(900, "bay-1", True, "baysense/x", 5, 1, False))
    listener._take([_Raw("baysense/x", b"due", False), _Raw("baysense/x", b"early", False)])
    listener._expect(Published(950, "bay-1", True, "baysense/x", 5, 1, False))
    assert not listener.behind
    assert [m.t_us for m in listener.messages] == [500, 10_900, 10_950]


def test_listener_says_what_to_do_without_a_broker() -> None:
    """Name the address and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    listener = Listener(Bench().network, address, lambda: 0)
    with pytest.raises(ToolError, match=f"127.0.0.1:{address[1]}") as raised:
        listener.start()
    assert "Check that the broker runs" in raised.value.hint


def test_broker_leaves_no_thread_and_no_port() -> None:
    """Stop cleanly, twice if asked to."""
    broker = EmbeddedBroker()
    broker.start()
    address = broker.address
    socket.create_connection(address, 1).close()
    broker.stop()
    broker.stop()
    assert not [t for t in threading.enumerate() if t.name == "mqtt-broker"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 1)


def test_broker_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    """Print nothing, not even about clients that misbehave."""
    with EmbeddedBroker() as broker, socket.create_connection(broker.address, 1) as peer:
        peer.sendall(b"nonsense that is no MQTT")
        time.sleep(0.3)
    assert capfd.readouterr() == ("", "")


CONNECT = bytes.fromhex("100c00044d5154540402003c0000")
PUBLISH_QOS1 = bytes.fromhex("3308") + b"\x00\x02ab\x00\x07hi"


@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_tap_counts_however_the_stream_is_cut(step: int) -> None:
    """See one CONNECT and two messages whole, each answer counted off."""
    tap = MqttTap("bay-1")
    stream = CONNECT + PUBLISH_QOS1 + bytes.fromhex("3004") + b"\x00\x01xy"
    messages = [m for at in range(0, len(stream), step) for m in tap.up(at, stream[at : at + step])]
    assert [(m.topic, m.payload_bytes, m.qos, m.retain) for m in messages] == [
        ("ab", 2, 1, True),
        ("x", 1, 0, False),
    ]
    assert tap.awaiting == 2
    tap.down(0, bytes.fromhex("20020000"))
    tap.down(0, bytes.fromhex("40020007"))
    assert (tap.awaiting, tap.opaque) == (0, False)


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00", b"\x10\xff\xff\xff\xff\x7f", b"\x10\x06\x00\x04HTTP"],
)
def test_tap_gives_up_on_anything_else(data: bytes) -> None:
    """Know nothing about HTTP, TLS and nonsense, and say so."""
    tap = MqttTap("bay-1")
    assert tap.up(0, data) == []
    assert tap.opaque
