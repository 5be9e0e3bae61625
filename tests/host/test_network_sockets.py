"""A board's sockets: real TCP behind them, virtual time in front, and every way to fail."""

import errno
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.idf_heap import IdfHeap
from baysense_host.virtual.net.network import VirtualNetwork
from network_harness import CURRENTS, Bench, FakeHost, connected, echo, errno_of, tcp_server

S = 1_000_000
HELLO = b"hello".hex()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return a connected board and an echo server named `echo.test`."""
    with tcp_server(echo) as address:
        bench = Bench()
        bench.network.names.add("echo.test", {7: address})
        bench.join()
        yield bench
        bench.network.close()


def test_echo_takes_one_round_trip(bench: Bench) -> None:
    """Deliver the answer 20 ms of virtual time after the question, whatever the wall clock says."""
    number = connected(bench)
    sent_us = bench.host.time_us
    assert bench.host.call("sock.send", number, HELLO) == 5
    assert bench.host.call("sock.recv", number, 100) is None
    while (data := bench.host.call("sock.recv", number, 100)) is None:
        assert bench.host.wait(S)
    assert bytes.fromhex(data) == b"hello"
    assert 20_000 <= bench.host.time_us - sent_us < 20_300


def test_time_cannot_pass_an_answer(bench: Bench) -> None:
    """Have the answer in time although the board computed for a second meanwhile."""
    number = connected(bench)
    bench.board.wifi.transmit = lambda count: None  # type: ignore[method-assign]  # no other event is near
    bench.host.call("sock.send", number, HELLO)
    bench.host.compute(S)
    assert bytes.fromhex(bench.host.call("sock.recv", number, 100)) == b"hello"


def dribbling_broker(delay_s: float) -> Callable[[socket.socket], None]:
    """Return a broker that acknowledges byte by byte and closes after DISCONNECT."""

    def talk(peer: socket.socket) -> None:
        for request, answer in ((14, "20020000"), (9, "40020001"), (2, "")):
            peer.recv(request, socket.MSG_WAITALL)
            for byte in bytes.fromhex(answer):
                time.sleep(delay_s)
                peer.sendall(bytes([byte]))
        time.sleep(delay_s)

    return talk


def test_slow_broker_leaves_no_trace_in_the_log() -> None:
    """Log the same to the microsecond whatever the broker's pace: the tap knows what is complete."""
    logs = []
    for delay_s in (0.0, 0.02):
        with tcp_server(dribbling_broker(delay_s)) as address:
            bench = Bench()
            bench.network.names.add("echo.test", {7: address})
            bench.join()
            number = connected(bench)
            # CONNECT, PUBLISH QoS 1 to "a", DISCONNECT
            for packet in ("100c00044d5154540402003c0000", "32070001610001" + "6869", "e000"):
                bench.host.call("sock.send", number, packet)
                bench.host.advance(bench.host.time_us + S)
            bench.host.call("sock.close", number)
            logs.append(bench.host.logged)
            assert [(m.topic, m.payload_bytes, m.qos) for m in bench.network.published] == [("a", 2, 1)]
            bench.network.close()
    assert [e[2]["event"] for e in logs[0] if e[1] == "socket"] == [
        "connect", "connected", "received", "received", "ended", "close",
    ]  # fmt: skip
    assert logs[0] == logs[1]


def test_silent_peer_holds_two_seconds_only() -> None:
    """Go on after two seconds of wall time and say so in the log."""

    def mute(peer: socket.socket) -> None:
        peer.recv(1)
        time.sleep(3)

    with tcp_server(mute) as address:
        bench = Bench()
        bench.network.names.add("echo.test", {7: address})
        bench.join()
        number = connected(bench)
        bench.host.call("sock.send", number, HELLO)
        start_s = time.monotonic()
        bench.host.advance(bench.host.time_us + 60 * S)
        assert 1.9 < time.monotonic() - start_s < 2.5
        assert bench.host.logged[-1][2]["event"] == "unanswered"
        assert bench.host.call("sock.recv", number, 1) is None
        bench.network.close()


def test_peer_closes() -> None:
    """Read the rest, then the end, again and again."""

    def leave(peer: socket.socket) -> None:
        peer.recv(9)
        peer.sendall(b"bye")

    with tcp_server(leave) as address:
        bench = Bench()
        bench.network.names.add("echo.test", {7: address})
        bench.join()
        number = connected(bench)
        bench.host.call("sock.send", number, HELLO)
        bench.host.advance(bench.host.time_us + S)
        assert bench.host.call("sock.poll", number, 1) == 1
        assert bytes.fromhex(bench.host.call("sock.recv", number, 100)) == b"bye"
        assert bench.host.call("sock.recv", number, 100) == bench.host.call("sock.recv", number, 100) == ""
        bench.network.close()


def test_nobody_listens(bench: Bench) -> None:
    """Refuse after a round trip, on a real closed port as on a virtual one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()
    bench.network.names.add("down.test", {1883: free})
    for name, port in (("down.test", 1883), ("echo.test", 8883)):
        number = bench.host.call("sock.open")
        bench.host.call("sock.connect", number, bench.host.call("sock.resolve", name), port)
        assert not bench.host.call("sock.connected", number)
        bench.host.advance(bench.host.time_us + 25_000)
        assert errno_of(partial(bench.host.call, "sock.connected", number)) == errno.ECONNREFUSED
        assert errno_of(partial(bench.host.call, "sock.recv", number, 1)) == errno.ENOTCONN


def test_names(bench: Bench) -> None:
    """Know literal addresses, localhost and registered names, and nothing else."""
    assert bench.host.call("sock.resolve", "10.1.2.3") == "10.1.2.3"
    assert bench.host.call("sock.resolve", "localhost") == "127.0.0.1"
    assert bench.host.call("sock.resolve", "echo.test") == "10.0.0.2"
    assert errno_of(lambda: bench.host.call("sock.resolve", "example.org")) == -202


def test_without_wifi() -> None:
    """Neither resolve nor reach anything."""
    bench = Bench()
    bench.network.names.add("echo.test", {7: ("127.0.0.1", 7)})
    assert errno_of(lambda: bench.host.call("sock.resolve", "echo.test")) == -202
    number = bench.host.call("sock.open")
    assert errno_of(lambda: bench.host.call("sock.connect", number, "10.0.0.2", 7)) == errno.EHOSTUNREACH


def test_ten_sockets(bench: Bench) -> None:
    """Open ten and no more, each paid from the IDF heap."""
    free = bench.heap.free_bytes
    numbers = [bench.host.call("sock.open") for _ in range(10)]
    assert free - bench.heap.free_bytes == 10 * 3072
    assert errno_of(lambda: bench.host.call("sock.open")) == errno.ENFILE
    bench.host.call("sock.close", numbers[3])
    assert bench.host.call("sock.open") == 3
    assert errno_of(lambda: bench.host.call("sock.close", 11)) == errno.EBADF


def test_heap_limits_sockets() -> None:
    """Refuse a socket there is no memory for."""
    bench = Bench(heap_bytes=5_000)
    bench.host.call("sock.open")
    assert errno_of(lambda: bench.host.call("sock.open")) == errno.ENFILE


def test_poll_of_a_new_socket(bench: Bench) -> None:
    """Say writable and hung up, as the chip's port does."""
    number = bench.host.call("sock.open")
    assert bench.host.call("sock.poll", number, 1 | 4) == 4 | 16
    assert errno_of(lambda: bench.host.call("sock.recv", number, 1)) == errno.ENOTCONN


def test_two_boards_wait_for_each_other() -> None:
    """Hold time for both boards' answers; the slower one decides."""
    with tcp_server(echo) as fast:

        def slow(peer: socket.socket) -> None:
            data = peer.recv(100)
            time.sleep(0.2)
            peer.sendall(data)
            peer.recv(1)

        with tcp_server(slow) as slow_address:
            bench = Bench()
            second = FakeHost(bench.network)
            second.at, second.now_us = bench.host.at, bench.host.now_us  # type: ignore[method-assign]
            bench.network.attach(second, "bay-2", "240ac4000002", IdfHeap(100_000), CURRENTS)
            bench.network.names.add("echo.test", {7: fast, 8: slow_address})
            bench.join()
            for name, args in (
                ("init", ()),
                ("active", (True,)),
                ("connect", ("Depot", "parken-parken", None)),
            ):
                second.calls[f"wifi.{name}"](*args)
            bench.host.advance(bench.host.time_us + 3 * S)
            for host, port in ((bench.host, 7), (second, 8)):
                assert host.calls["sock.open"]() == 0
                host.calls["sock.connect"](0, "10.0.0.2", port)
            bench.host.advance(bench.host.time_us + S)
            for host in (bench.host, second):
                host.calls["sock.send"](0, HELLO)
            bench.host.advance(bench.host.time_us + 21_000)
            for host in (bench.host, second):
                assert bytes.fromhex(host.calls["sock.recv"](0, 100)) == b"hello"
            bench.network.close()


def test_real_mode_uses_watched_descriptors() -> None:
    """Deliver at once when the descriptor is readable, and never hold time."""
    with tcp_server(echo) as address:
        network = VirtualNetwork()
        host = FakeHost(network, real=True)
        board = network.attach(host, "bay-1", "240ac4000001", IdfHeap(200_000), CURRENTS)
        network.names.add("echo.test", {7: address})
        board.wifi.connected, board.wifi.access_point = True, AccessPoint("Depot")
        number = host.call("sock.open")
        host.call("sock.connect", number, host.call("sock.resolve", "echo.test"), 7)
        end_s = time.monotonic() + 2
        while not host.call("sock.connected", number) and time.monotonic() < end_s:
            host.advance(host.time_us + 5_000)
        host.call("sock.send", number, HELLO)
        assert not network.busy
        (callback,) = host.watched.values()
        time.sleep(0.1)
        callback()
        assert bytes.fromhex(host.call("sock.recv", number, 100)) == b"hello"
        host.call("sock.close", number)
        assert not host.watched
        network.close()
