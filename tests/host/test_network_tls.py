"""TLS of the virtual board: what the chip would accept, refuse, hold and take, against a real broker."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from baysense_host.virtual.net.certificates import Authority, Certificate
from baysense_host.virtual.net.faults import BLACK_HOLE, Fault
from baysense_host.virtual.net.listener import Listener
from baysense_host.virtual.net.mosquitto import Mosquitto, available
from network_harness import NO_MOSQUITTO, Bench, device_packages

S = 1_000_000

CLIENT = """
    import binascii, errno, network, select, socket, time, tls, vb_link
    time._boot(time.mktime(({year}, 12, 1, 0, 0, 0, 0, 0)) * 1000000)
    wlan = network.WLAN(network.WLAN.IF_STA)
    wlan.active(True)
    wlan.connect("Depot", "parken-parken")
    while not wlan.isconnected():
        vb_link.wait(100_000)

    def secure(non_blocking):
        raw = socket.socket()
        raw.connect(socket.getaddrinfo("broker.test", 8883)[0][-1])
        raw.setblocking(not non_blocking)
        context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_REQUIRED
        context.load_verify_locations(binascii.unhexlify("{ca}"))
        if "{cert}":
            context.load_cert_chain(binascii.unhexlify("{cert}"), binascii.unhexlify("{key}"))
        return context.wrap_socket(raw, server_hostname="{name}", do_handshake_on_connect=not non_blocking)
"""

REFUSAL = """
    try:
        stream = secure(False)
        stream.write(bytes.fromhex("100c00044d5154540402003c0000"))
        print(stream.read(4))
    except (OSError, ValueError, RuntimeError) as error:
        print(type(error).__name__, str(error).strip())
"""

MQTT = """
    from chumicro_mqtt import MQTTClient

    class Transport:
        # as the device's client: packets whole, the rest sent by itself
        def __init__(self, stream):
            self.stream, self.unsent, self.close = stream, b"", stream.close
        def setblocking(self, on):
            pass
        def flush(self):
            if self.unsent:
                self.unsent = self.unsent[self.stream.write(self.unsent) or 0 :]
            return not self.unsent
        def send(self, packet):
            if not self.flush():
                return 0
            self.unsent = packet
            self.flush()
            return len(packet)
        def recv_into(self, view, size):
            count = self.stream.readinto(view, size) if self.flush() else None
            if count is None:
                raise OSError(errno.EAGAIN)
            return count

    stream = secure(True)
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    client = MQTTClient(Transport(stream), client_id="bay-1", ticks=time, clean_session=True)
    acknowledged, commands = [], []
    client.on_message = lambda topic, payload: commands.append(payload)
    client.connect()

    def until(condition):
        for _ in range(300):
            client.handle(time.ticks_ms())
            if condition():
                return
            poll.poll(100)
        raise OSError(client.state)

    until(lambda: client.state == "connected")
    granted = []
    client.subscribe("baysense/bay-1/cmd", 1, on_subscribe=lambda topic, qos: granted.append(1))
    until(lambda: granted)
    for number in range({count}):
        payload = '{{"seq": %d}}' % number
        client.publish("baysense/bay-1/event", payload, qos=1, on_publish=lambda t, p: acknowledged.append(p))
        until(lambda: len(acknowledged) > number)
    client.publish("baysense/bay-1/cmd", "to myself", qos=1, on_publish=lambda t, p: acknowledged.append(p))
    until(lambda: commands and len(acknowledged) > {count})
    print(len(acknowledged), commands[0].decode(), vb_link.now_us())
    client.disconnect()
"""


@pytest.fixture(autouse=True)
def installed() -> None:
    """Need the broker."""
    if not available():
        pytest.skip(NO_MOSQUITTO)


@pytest.fixture
def authority() -> Authority:
    """Return who signs everything here."""
    return Authority()


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[Mosquitto]:
    """Run a broker that wants client certificates."""
    with Mosquitto(tmp_path / "broker", authority.server("broker.test"), authority) as broker:
        yield broker


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Return a folder with nothing but the device's packages."""
    return device_packages(tmp_path)


def client(authority: Authority, login: Certificate | None, year: int = 2026, name: str = "broker.test") -> str:
    """Return the first half of a device's program."""
    cert, key = (login.der.hex(), login.key_der.hex()) if login is not None else ("", "")
    return CLIENT.format(ca=authority.der.hex(), cert=cert, key=key, year=year, name=name)


def attach(broker: Mosquitto, heap_bytes: int = 200_000) -> Bench:
    """Return a board that finds the broker."""
    bench = Bench(heap_bytes)
    bench.network.names.add("broker.test", {8883: broker.tls_address})
    return bench


def outcome(broker: Mosquitto, program: str, folder: Path) -> str:
    """Say how a handshake ends for a board."""
    bench = attach(broker)
    try:
        return bench.interpret(program + REFUSAL, folder).strip()
    finally:
        bench.network.close()


def exchange(
    broker: Mosquitto, program: str, folder: Path, packages: Path, bench: Bench | None = None
) -> tuple[Bench, list[tuple[int, bytes]]]:
    """Publish 20 events and a command over TLS; return what a subscriber on the plain listener got, and when."""
    bench = bench or attach(broker)
    listener = Listener(bench.network, broker.address, bench.host.now_us, ("baysense/+/event",))
    listener.start()
    bench.host.listener = listener
    output = bench.interpret(program + MQTT.format(count=20), folder, packages)
    assert output.startswith("21 to myself ")
    listener.stop()
    bench.network.close()
    return bench, [(message.t_us, message.payload) for message in listener.messages]


def test_reports_arrive_on_time_and_cost_little_wall_time(
    broker: Mosquitto, authority: Authority, tmp_path: Path, packages: Path
) -> None:
    """Deliver as over plain TCP: once, in order, 10 ms after sending; no stall, and the same in every run."""
    program = client(authority, authority.client("bay-1"))
    start_s = time.monotonic()
    runs = [exchange(broker, program, tmp_path, packages) for _ in range(2)]
    assert time.monotonic() - start_s < 3
    bench, messages = runs[0]
    assert [json.loads(payload)["seq"] for _, payload in messages] == list(range(20))
    sent = [p.t_us for p in bench.network.published if p.up and p.topic.endswith("event")]
    assert [t_us for t_us, _ in messages] == [t_us + 10_000 for t_us in sent]
    assert "unanswered" not in [fields["event"] for _, _, fields in bench.host.logged]
    assert bench.host.logged == runs[1][0].host.logged


def test_what_is_held_back_counts_when_it_passes(
    broker: Mosquitto, authority: Authority, tmp_path: Path, packages: Path
) -> None:
    """Stamp a message that was sent into a black hole with the time it came out; hold no wall time meanwhile."""
    program = client(authority, authority.client("bay-1"))
    bench, messages = exchange(broker, program, tmp_path, packages)
    begin_us = messages[4][0] + 1
    bench = attach(broker)
    bench.network.fail(Fault(BLACK_HOLE, begin_us, begin_us + 3 * S))
    start_s = time.monotonic()
    bench, messages = exchange(broker, program, tmp_path, packages, bench)
    assert time.monotonic() - start_s < 1
    assert [json.loads(payload)["seq"] for _, payload in messages] == list(range(20))
    assert messages[4][0] < begin_us
    assert begin_us + 3 * S <= messages[5][0] < begin_us + 3.1 * S


def test_silent_broker_holds_two_seconds_only(
    broker: Mosquitto, authority: Authority, tmp_path: Path, packages: Path
) -> None:
    """Go on after two seconds of wall time in all, however often the board looks and sends again."""
    bench = attach(broker)
    sent = bench.host.calls["tls.sent"]

    def freeze(*args: object) -> object:
        if b"seq" in bytes.fromhex(str(args[1])):
            broker.pause()
        return sent(*args)

    bench.host.calls["tls.sent"] = freeze
    start_s = time.monotonic()
    with pytest.raises(AssertionError, match="OSError: (connected|failed)"):
        bench.interpret(client(authority, authority.client("bay-1")) + MQTT.format(count=1), tmp_path, packages)
    assert 1.9 < time.monotonic() - start_s < 4
    bench.network.close()


def test_handshake_takes_time_and_memory(
    broker: Mosquitto, authority: Authority, tmp_path: Path, packages: Path
) -> None:
    """Charge 1.5 s to the clock, 42 KiB while shaking hands, 30 KiB afterwards, nothing in the end."""
    bench = attach(broker)
    free, seen = bench.heap.free_bytes, []
    began = bench.host.calls["tls.sent"]

    def sent(*args: object) -> object:
        before = bench.heap.free_bytes
        answer = began(*args)
        seen.append((free - before, free - bench.heap.free_bytes))
        return answer

    bench.host.calls["tls.sent"] = sent
    program = client(authority, authority.client("bay-1"))
    assert bench.interpret(program + REFUSAL, tmp_path) == "b' \\x02\\x00\\x00'\n"
    wifi_and_socket = 45 * 1024 + 3 * 1024
    assert seen[0] == (wifi_and_socket + 42 * 1024, wifi_and_socket + 30 * 1024)
    bench.board.reset()
    assert bench.heap.free_bytes == free
    times = {fields["event"]: t_us for t_us, kind, fields in bench.host.logged if kind == "tls"}
    received = [t for t, _, fields in bench.host.logged if fields.get("event") == "received" and t > times["open"]]
    assert received[0] - times["open"] > 1_400_000
    bench.network.close()


def test_no_memory(broker: Mosquitto, authority: Authority, tmp_path: Path) -> None:
    """Say ENOMEM when the IDF heap is short, and hold nothing then."""
    bench = attach(broker, heap_bytes=80_000)
    assert bench.interpret(client(authority, None) + REFUSAL, tmp_path).startswith("OSError [Errno 12]")
    assert bench.heap.free_bytes == 80_000 - 48 * 1024


def test_failed_handshake_gives_its_memory_back(broker: Mosquitto, authority: Authority, tmp_path: Path) -> None:
    """Hold the socket only, until that is closed too."""
    bench = attach(broker)
    free = bench.heap.free_bytes
    bench.interpret(client(Authority("Somebody else"), None) + REFUSAL, tmp_path)
    assert free - bench.heap.free_bytes == 48 * 1024
    assert [fields["event"] for _, kind, fields in bench.host.logged if kind == "tls"] == ["begin", "failed"]
    bench.network.close()


def test_refuses_other_brokers(broker: Mosquitto, authority: Authority, tmp_path: Path) -> None:
    """Refuse a foreign authority and another name, in mbedTLS's words."""
    login = authority.client("bay-1")
    foreign = Authority("Somebody else")
    assert "not correctly signed by the trusted CA" in outcome(broker, client(foreign, login), tmp_path)
    assert "Common Name" in outcome(broker, client(authority, login, name="other.test"), tmp_path)


def test_broker_refuses_boards(broker: Mosquitto, authority: Authority, tmp_path: Path) -> None:
    """Feel the broker's alert without a certificate or with a foreign one."""
    foreign = Authority("Somebody else").client("bay-1")
    for login in (None, foreign):
        assert outcome(broker, client(authority, login), tmp_path).startswith("OSError")


@pytest.mark.parametrize(
    ("begin", "end", "year", "words"),
    [
        (2026, 2100, 2026, "b' "),
        (2020, 2100, 2101, "has expired"),
        (2020, 2100, 2019, "starts in the future"),
        (2020, 2100, 2000, "starts in the future"),
        (2020, 2021, 2020, "RuntimeError the board's clock accepts"),
        (2020, 2021, 2026, "has expired"),
    ],
)
def test_the_boards_clock_decides(
    authority: Authority, tmp_path: Path, begin: int, end: int, year: int, words: str
) -> None:
    """Compare dates with the board's clock, whatever this computer's says; years beyond 2049 are coded otherwise."""
    first, last = datetime(begin, 1, 1), datetime(end, 12, 31)
    server = authority.server("broker.test", not_before=first, not_after=last)
    with Mosquitto(tmp_path / "broker", server) as broker:
        assert words in outcome(broker, client(authority, None, year), tmp_path)


def test_expired_root_is_refused(tmp_path: Path) -> None:
    """Look at every certificate of the chain: in 3001 the authority itself has expired."""
    authority = Authority()
    server = authority.server("broker.test", not_after=datetime(3999, 1, 1))
    with Mosquitto(tmp_path / "broker", server) as broker:
        assert "has expired" in outcome(broker, client(authority, None, 3001), tmp_path)
