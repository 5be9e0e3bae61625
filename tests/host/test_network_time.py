"""UDP and the time server of the virtual network."""

import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.net.faults import BLACK_HOLE, NTP_LIES, NTP_SILENT, SLOW, Fault
from baysense_host.virtual.net.idf_heap import IdfHeap
from baysense_host.virtual.net.network import VirtualNetwork
from network_harness import CURRENTS, Bench, FakeHost

S = 1_000_000
REQUEST = (b"\x23" + bytes(39) + b"whatever").hex()
TO_1970_S = 2_208_988_800
START_S = datetime(2026, 12, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def bench() -> Bench:
    """Return a connected board."""
    bench = Bench()
    bench.join()
    return bench


def ask(bench: Bench) -> list[Any] | None:
    """Send a request, wait a second, return what came."""
    number = bench.host.call("sock.open", True)
    address = bench.host.call("sock.resolve", "pool.ntp.org")
    assert bench.host.call("udp.send", number, address, 123, REQUEST) == 48
    bench.host.advance(bench.host.time_us + S)
    answer: list[Any] | None = bench.host.call("udp.recv", number, 100)
    bench.host.call("sock.close", number)
    return answer


def seconds(answer: list[Any] | None) -> float:
    """Return the time in an answer [s since 1970]."""
    assert answer is not None
    whole, fraction = struct.unpack(">II", bytes.fromhex(answer[0])[40:])
    return float(whole + fraction / (1 << 32) - TO_1970_S)


def test_time_starts_in_december(bench: Bench) -> None:
    """Answer with virtual time, the asker's nonce and a server's header."""
    begun_us = bench.host.time_us
    answer = ask(bench)
    assert answer is not None and answer[1:] == ["10.0.0.1", 123]
    packet = bytes.fromhex(answer[0])
    assert (len(packet), packet[0], packet[1], packet[24:32]) == (48, 0x24, 2, b"whatever")
    assert 0 < seconds(answer) - START_S - begun_us / S < 0.1


def test_another_start(bench: Bench) -> None:
    """Begin when told to."""
    bench.network.time_server.start = datetime(2040, 1, 1, tzinfo=UTC)
    answer = ask(bench)
    assert answer is not None
    whole = struct.unpack(">I", bytes.fromhex(answer[0])[40:44])[0] + (1 << 32)  # NTP's second era
    assert abs(whole - TO_1970_S - datetime(2040, 1, 1, tzinfo=UTC).timestamp()) < 10


def test_real_mode_has_the_wall_clock() -> None:
    """Tell this computer's time in real mode."""
    network = VirtualNetwork()
    host = FakeHost(network, real=True)
    network.attach(host, "bay-1", "240ac4000001", IdfHeap(200_000), CURRENTS)
    packet = network.time_server.answer(bytes.fromhex(REQUEST), host, "bay-1")
    assert packet is not None
    assert abs(struct.unpack(">I", packet[40:44])[0] - TO_1970_S - time.time()) < 2


@pytest.mark.parametrize("kind", [NTP_SILENT, BLACK_HOLE])
def test_silence(bench: Bench, kind: str) -> None:
    """Hear nothing while it lasts, and the truth afterwards."""
    assert ask(bench) is not None  # resolves while packets pass
    bench.network.fail(Fault(kind, bench.host.time_us + 100_000, bench.host.time_us + 10 * S))
    number = bench.host.call("sock.open", True)
    bench.host.advance(bench.host.time_us + 200_000)
    bench.host.call("udp.send", number, "10.0.0.1", 123, REQUEST)
    bench.host.advance(bench.host.time_us + 10 * S)
    assert bench.host.call("udp.recv", number, 100) is None
    assert ask(bench) is not None


def test_lies(bench: Bench) -> None:
    """Be wrong by what is asked for."""
    bench.network.fail(Fault(NTP_LIES, 0, 1 << 60, offset_s=-86_400))
    assert -86_410 < seconds(ask(bench)) - START_S < -86_380


def test_slow_answer(bench: Bench) -> None:
    """Come late by what is asked for."""
    bench.network.fail(Fault(SLOW, 0, 1 << 60, latency_us=3 * S))
    assert ask(bench) is None


@pytest.mark.parametrize(
    "send",
    [
        lambda bench, number: bench.host.call("udp.send", number, "10.0.0.1", 124, REQUEST),
        lambda bench, number: bench.host.call("udp.send", number, "10.0.0.9", 123, REQUEST),
        lambda bench, number: bench.host.call("udp.send", number, "10.0.0.1", 123, "00"),
    ],
)
def test_nobody_answers(bench: Bench, send: Callable[[Bench, int], int]) -> None:
    """Lose what nobody expects, without a word."""
    number = bench.host.call("sock.open", True)
    assert send(bench, number) > 0
    bench.host.advance(bench.host.time_us + S)
    assert bench.host.call("udp.recv", number, 100) is None
    assert bench.host.call("sock.poll", number, 5) == 4


PROGRAM = """
    import errno, network, select, socket, vb_link
    wlan = network.WLAN()
    wlan.active(True)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(1)
    request = b"\\x23" + bytes(47)
    def fails(call, *args):
        try:
            return call(*args)
        except OSError as error:
            return errno.errorcode.get(error.errno, error.errno)
    print(fails(s.sendto, request, ("10.0.0.1", 123)), fails(s.send, b"x"))
    wlan.connect("Depot", "parken-parken")
    while not wlan.isconnected():
        vb_link.wait(100_000)
    there = socket.getaddrinfo("pool.ntp.org", 123)[0][-1]
    print(fails(s.recv, 48), s.sendto(request, there))
    answer, sender = s.recvfrom(100)
    print(len(answer), sender)
    s.connect(there)
    s.send(request)
    poll = select.poll()
    poll.register(s, select.POLLIN)
    print(len(poll.poll(5000)), len(s.recv(20)), fails(s.recv, 20))
    s.setblocking(False)
    print(fails(s.recv, 48), s.read(1))
    s.close()
    print(fails(s.sendto, request, there))
"""


def test_udp_socket(tmp_path: Path) -> None:
    """Send, receive, poll and fail as a UDP socket of the chip."""
    assert Bench().interpret(PROGRAM, tmp_path).splitlines() == [
        "EHOSTUNREACH 89",
        "ETIMEDOUT 48",
        "48 ('10.0.0.1', 123)",
        "1 20 ETIMEDOUT",
        "EAGAIN None",
        "EBADF",
    ]
