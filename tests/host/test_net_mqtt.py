"""The device's MQTT against Debian's mosquitto: what arrives, what is refused, what a dead connection costs."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from baysense_host.virtual.net.mosquitto import Mosquitto
from net_device import Device, needs_mosquitto, said
from network_harness import tcp_server

pytestmark = needs_mosquitto

HERE = "127.0.0.1"


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """Return a device."""
    return Device(tmp_path)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """Start a broker that lets everybody in."""
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


def client(tool: str, broker: Mosquitto, *arguments: str) -> str:
    """Run mosquitto_pub or mosquitto_sub; return what it printed."""
    command = [f"mosquitto_{tool}", "-h", HERE, "-p", str(broker.port), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout


def test_publish_is_there_when_it_returns(device: Device, broker: Mosquitto) -> None:
    """Keep a retained message at the broker, and no other."""
    program = """
    broker = connect()
    broker.publish("bay/state", b"free", False)
    broker.publish("bay/state", b"occupied", True)
    broker.publish("bay/event", b"x" * 2000, False)
    broker.close()
    """
    assert device.run(program, port=broker.port) == []
    assert client("sub", broker, "-t", "bay/#", "-W", "1", "-v") == "bay/state occupied\n"


def test_message_comes_to_a_subscriber(device: Device, broker: Mosquitto) -> None:
    """Hand out topic and payload, None when nothing comes in time."""
    client("pub", broker, "-t", "bay/cmd", "-m", "hello", "-r")
    program = """
    broker = connect()
    broker.subscribe("bay/cmd")
    say([part if isinstance(part, str) else part.decode() for part in broker.receive(2000)])
    say(broker.receive(50), broker.oversized)
    broker.close()
    """
    assert device.run(program, port=broker.port) == [[["bay/cmd", "hello"]], [None, False]]


def test_session_keeps_what_is_sent_meanwhile(device: Device, broker: Mosquitto) -> None:
    """Get each command once that was published while the device was away."""
    device.run('broker = connect(); broker.subscribe("bay/cmd"); broker.close()', port=broker.port)
    for number in range(3):
        client("pub", broker, "-t", "bay/cmd", "-q", "1", "-m", str(number))
    program = """
    broker = connect()
    for _ in range(4):
        message = broker.receive(500)
        say(message and message[1].decode())
    broker.close()
    """
    assert device.run(program, port=broker.port) == [["0"], ["1"], ["2"], [None]]
    assert device.run(program, port=broker.port) == [[None]] * 4


def test_refused_login_is_told_apart(device: Device, tmp_path: Path) -> None:
    """Raise LoginRefused for a wrong password, OSError for a broker that is not there."""
    program = """
    attempt(connect, "bay", "secret")
    attempt(connect, "bay", "wrong")
    attempt(connect)
    """
    with Mosquitto(tmp_path / "strict", users={"bay": "secret"}) as strict:
        done, *refused = device.run(program, port=strict.port)
    assert done == ["done"]
    assert [answer[:2] for answer in refused] == [["LoginRefused", "login"]] * 2
    assert "authori" in refused[0][2]
    gone = device.run("attempt(connect)", port=strict.port)
    assert gone[0][0] == "OSError"
    assert f"127.0.0.1 port {strict.port} cannot be reached" in gone[0][2]


def test_refused_subscription_is_an_error(device: Device) -> None:
    """Say so when the broker forbids the topic, and that the connection is of no use any more."""

    def refuse(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(bytes.fromhex("20020000"))  # CONNACK
        peer.recv(4096)
        peer.sendall(bytes.fromhex("9003000180"))  # SUBACK of packet 1: failure
        _drain(peer)

    program = """
    broker = connect()
    attempt(broker.subscribe, "bay/cmd")
    attempt(broker.publish, "bay/state", b"", True)
    """
    with tcp_server(refuse) as (_, port):
        answers = device.run(program, port=port)
    assert [answer[0] for answer in answers] == ["OSError", "OSError"]
    assert "refused one or more subscription" in answers[0][2]


def test_will_speaks_only_for_who_vanished(device: Device, broker: Mosquitto) -> None:
    """Publish the retained will when the connection breaks or is abandoned, not after a goodbye."""
    program = """
    broker = connect(will=("bay/status", b"offline"))
    broker.publish("bay/status", b"online", True)
    {ending}
    time.sleep_ms(200)
    """
    endings = (("broker.close()", "online\n"), ("broker.abandon()", "offline\n"), ("", "offline\n"))
    for ending, status in endings:
        device.run(program.format(ending=ending), port=broker.port)
        assert client("sub", broker, "-t", "bay/status", "-C", "1", "-W", "5") == status


def test_oversized_message_is_dropped_and_told(device: Device, broker: Mosquitto) -> None:
    """Take 1024 bytes, drop one more and far more, and go on."""
    device.run('broker = connect(); broker.subscribe("bay/cmd"); broker.close()', port=broker.port)
    for size in (1024, 1025, 30_000, 3):
        client("pub", broker, "-t", "bay/cmd", "-q", "1", "-m", "x" * size)
    program = """
    broker = connect()
    for _ in range(3):
        message = broker.receive(500)
        say(message and len(message[1]), broker.oversized)
    """
    assert [answer[0] for answer in device.run(program, port=broker.port)] == [1024, 3, None]
    for size in (1024, 1025, 30_000):
        client("pub", broker, "-t", "bay/cmd", "-q", "1", "-m", "x" * size)
        assert device.run(program, port=broker.port)[-1] == [None, size > 1024]


def test_flood_is_bounded(device: Device, broker: Mosquitto) -> None:
    """Keep 2 KiB of what comes while something else is waited for, and drop the rest."""
    device.run('broker = connect(); broker.subscribe("bay/cmd"); broker.close()', port=broker.port)
    for _ in range(30):
        client("pub", broker, "-t", "bay/cmd", "-q", "1", "-m", "x" * 200)
    program = """
    broker = connect()
    for _ in range(20):
        broker.publish("bay/event", b"", False)
    got = []
    while broker._inbox:
        got.append(len(broker.receive(0)[1]))
    say(got, broker.oversized)
    """
    assert device.run(program, port=broker.port) == [[[200] * 10, True]]


def test_tick_keeps_the_connection_alive(device: Device, broker: Mosquitto) -> None:
    """Stay connected over several keep-alive times by ticking, without waiting in it."""
    program = """
    broker, longest_ms = connect(keep_alive_s=1), 0
    for _ in range(40):
        begun_ms = time.ticks_ms()
        broker.tick()
        longest_ms = max(longest_ms, time.ticks_diff(time.ticks_ms(), begun_ms))
        time.sleep_ms(100)
    broker.publish("bay/state", b"here", True)
    say(longest_ms < 90)
    """
    assert device.run(program, port=broker.port) == [[True]]
    assert "exceeded timeout" not in broker.log


def test_tick_finds_a_dead_broker(device: Device, broker: Mosquitto) -> None:
    """Raise once a ping stays without answer, and at every use afterwards."""
    program = """
    from baysense.net import mqtt
    mqtt.ACK_S = 1
    broker = connect(keep_alive_s=2)
    say("connected")
    sys.stdin.readline()
    def live():
        for _ in range(100):
            broker.tick()
            time.sleep_ms(100)
    attempt(live)
    attempt(broker.tick)
    attempt(broker.publish, "bay/state", b"", True)
    attempt(broker.receive, 0)
    broker.close()
    """
    process = device.start(program, port=broker.port)
    assert process.stdout is not None
    process.stdout.readline()
    with _frozen(broker):
        answers = said(process, "\n")
    assert [answer[0] for answer in answers] == ["OSError"] * 4
    assert "pingresp" in answers[0][2]
    assert 1000 < answers[0][3] < 8000


def test_unacknowledged_publish_fails_within_the_bound(device: Device, broker: Mosquitto) -> None:
    """Raise when the PUBACK does not come, having fed the watchdog meanwhile."""
    program = """
    from baysense.net import mqtt
    mqtt.ACK_S, fed = 1, []
    broker = connect(feed=lambda: fed.append(1))
    say("connected")
    sys.stdin.readline()
    attempt(broker.publish, "bay/state", b"lost", True)
    say(len(fed) > 5)
    """
    process = device.start(program, port=broker.port)
    assert process.stdout is not None
    process.stdout.readline()
    with _frozen(broker):
        failed, fed = said(process, "\n")
    assert failed[0] == "OSError"
    assert 900 < failed[3] < 5000
    assert fed == [True]


def test_half_open_peer_is_given_up(device: Device) -> None:
    """Give up a peer that accepts and never speaks."""
    program = """
    from baysense.net import mqtt
    mqtt.ACK_S = 1
    attempt(connect)
    """
    with tcp_server(_drain) as (_, port):
        answers = device.run(program, port=port)
    assert answers[0][0] == "OSError"
    assert "connack" in answers[0][2]
    assert 900 < answers[0][3] < 5000


def test_peer_that_hangs_up_is_an_error(device: Device) -> None:
    """Raise at once when the connection is closed instead of answered."""
    with tcp_server(lambda peer: None) as (_, port):
        answers = device.run("attempt(connect)", port=port)
    assert answers[0][0] == "OSError"
    assert answers[0][3] < 1000


def _drain(peer: socket.socket) -> None:
    while peer.recv(4096):
        pass


class _frozen:
    """The broker stands still: its connections stay open and nothing answers."""

    def __init__(self, broker: Mosquitto) -> None:
        self._process = broker._process

    def __enter__(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
