"""The failure schedule, as a board's sockets feel it."""

import errno
import socket
import time
from collections.abc import Iterator

import pytest

from baysense_host.virtual.net.faults import BLACK_HOLE, DROP, HALF_OPEN, REDIRECT, REFUSE, SLOW, WIFI_DOWN, Fault
from network_harness import Bench, connected, dial, echo, errno_of, tcp_server

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


def test_refuse(bench: Bench) -> None:
    """Refuse connects while scheduled, not later."""
    bench.network.fail(Fault(REFUSE, 0, bench.host.time_us + 10 * S))
    number = dial(bench)
    bench.host.advance(bench.host.time_us + S)
    assert errno_of(lambda: bench.host.call("sock.connected", number)) == errno.ECONNREFUSED
    bench.host.advance(bench.host.time_us + 10 * S)
    connected(bench)


def test_black_hole_delays_and_connect_times_out(bench: Bench) -> None:
    """Lose nothing on an open connection, but time out a connect."""
    number = connected(bench)
    start_us = bench.host.time_us
    bench.network.fail(Fault(BLACK_HOLE, start_us, start_us + 30 * S))
    bench.host.call("sock.send", number, HELLO)
    other = bench.host.call("sock.open")
    bench.host.call("sock.connect", other, "10.0.0.2", 7)
    wall_s = time.monotonic()
    bench.host.advance(start_us + 29 * S)
    assert time.monotonic() - wall_s < 1
    assert bench.host.call("sock.recv", number, 100) is None
    assert errno_of(lambda: bench.host.call("sock.connected", other)) == errno.ETIMEDOUT
    bench.host.advance(start_us + 31 * S)
    assert bytes.fromhex(bench.host.call("sock.recv", number, 100)) == b"hello"


def test_send_buffer_fills_in_a_black_hole(bench: Bench) -> None:
    """Take 5,760 bytes and no more while nothing is acknowledged."""
    number = connected(bench)
    bench.network.fail(Fault(BLACK_HOLE, bench.host.time_us, 1 << 60))
    taken = [bench.host.call("sock.send", number, bytes(1000).hex()) for _ in range(7)]
    assert taken == [1000] * 5 + [760, None]
    assert bench.host.call("sock.poll", number, 4) == 0


def test_drop_in_mid_stream() -> None:
    """Pass on the scheduled number of bytes, then reset both sides."""
    got: list[bytes] = []

    def collect(peer: socket.socket) -> None:
        try:
            while data := peer.recv(100):
                got.append(data)
        except ConnectionResetError:
            got.append(b"reset")

    with tcp_server(collect) as address:
        bench = Bench()
        bench.network.names.add("echo.test", {7: address})
        bench.join()
        bench.network.fail(Fault(DROP, 0, 1 << 60, after_bytes=3))
        number = connected(bench)
        assert bench.host.call("sock.send", number, HELLO) == 5
        bench.host.advance(bench.host.time_us + S)
        assert errno_of(lambda: bench.host.call("sock.recv", number, 1)) == errno.ECONNRESET
        assert errno_of(lambda: bench.host.call("sock.send", number, HELLO)) == errno.ENOTCONN
        end_s = time.monotonic() + 5
        while got[-1:] != [b"reset"] and time.monotonic() < end_s:
            time.sleep(0.01)
        # A reset may overtake unread bytes, never the other way round.
        assert got in ([b"hello"[:3], b"reset"], [b"reset"])


def test_lost_wifi_aborts_sockets(bench: Bench) -> None:
    """Abort when the beacons have been missing for long enough, and say unreachable from then on."""
    number = connected(bench)
    start_us = bench.host.time_us
    bench.network.fail(Fault(WIFI_DOWN, start_us, start_us + 60 * S))
    bench.host.call("sock.send", number, HELLO)
    bench.host.advance(start_us + 5 * S)
    assert bench.host.call("sock.recv", number, 1) is None
    bench.host.advance(start_us + 7 * S)
    assert errno_of(lambda: bench.host.call("sock.recv", number, 1)) == errno.ECONNABORTED
    other = bench.host.call("sock.open")
    assert errno_of(lambda: bench.host.call("sock.connect", other, "10.0.0.2", 7)) == errno.EHOSTUNREACH


def test_restart_leaves_peers_half_open() -> None:
    """Tell the peer nothing when the chip restarts, and give all sockets back."""
    ended: list[bool] = []

    def watch(peer: socket.socket) -> None:
        peer.settimeout(0.3)
        try:
            ended.append(peer.recv(1) == b"")
        except TimeoutError:
            ended.append(False)

    with tcp_server(watch) as address:
        bench = Bench()
        bench.network.names.add("echo.test", {7: address})
        bench.join()
        connected(bench)
        free = bench.heap.free_bytes
        bench.board.reset()
        assert bench.heap.free_bytes > free
        time.sleep(0.5)
        bench.network.close()
    assert ended == [False]


def test_half_open_kills_what_is_open(bench: Bench) -> None:
    """Swallow everything on connections of before the failure, without a word and without waiting; serve new ones."""
    number = connected(bench)
    bench.network.fail(Fault(HALF_OPEN, bench.host.time_us, bench.host.time_us))
    wall_s = time.monotonic()
    bench.host.advance(bench.host.time_us + 1)
    bench.host.call("sock.send", number, HELLO)
    bench.host.advance(bench.host.time_us + 600 * S)
    assert bench.host.call("sock.recv", number, 1) is None
    assert time.monotonic() - wall_s < 0.5
    bench.host.call("sock.close", number)
    with tcp_server(echo) as another:  # the first serves one after another, and its one never ends
        bench.network.names.add("echo.test", {7: another})
        other = connected(bench)
        bench.host.call("sock.send", other, HELLO)
        bench.host.advance(bench.host.time_us + S)
        assert bytes.fromhex(bench.host.call("sock.recv", other, 100)) == b"hello"
        bench.host.call("sock.close", other)


def test_half_open_tells_the_peer_nothing() -> None:
    """Leave the peer with a connection that seems alive."""
    ended: list[bool] = []

    def watch(peer: socket.socket) -> None:
        peer.settimeout(0.3)
        try:
            ended.append(peer.recv(1) == b"")
        except TimeoutError:
            ended.append(False)

    with tcp_server(watch) as address:
        bench = Bench()
        bench.network.names.add("echo.test", {7: address})
        bench.join()
        number = connected(bench)
        bench.network.fail(Fault(HALF_OPEN, bench.host.time_us, bench.host.time_us))
        bench.host.call("sock.send", number, HELLO)
        bench.host.call("sock.close", number)
        time.sleep(0.5)
        bench.network.close()
    assert ended == [False]


def test_slow(bench: Bench) -> None:
    """Add the latency to connects and answers, both exactly."""
    bench.network.fail(Fault(SLOW, 0, 1 << 60, latency_us=3 * S))
    start_us = bench.host.time_us
    number = dial(bench)
    while not bench.host.call("sock.connected", number):
        bench.host.wait(100 * S)
    sent_us = bench.host.time_us
    assert 3.02 * S < sent_us - start_us < 3.06 * S
    bench.host.call("sock.send", number, HELLO)
    while bench.host.call("sock.recv", number, 100) is None:
        bench.host.wait(100 * S)
    assert 3.02 * S <= bench.host.time_us - sent_us < 3.03 * S


def test_redirect(bench: Bench) -> None:
    """Reach another server while it lasts, whatever the name."""

    def other(peer: socket.socket) -> None:
        peer.sendall(peer.recv(100).upper())
        peer.recv(1)

    with tcp_server(other) as address:
        end_us = bench.host.time_us + 10 * S
        bench.network.fail(Fault(REDIRECT, 0, end_us, target=address))
        answers = []
        for _ in range(2):
            number = connected(bench)
            bench.host.call("sock.send", number, HELLO)
            bench.host.advance(bench.host.time_us + S)
            answers.append(bytes.fromhex(bench.host.call("sock.recv", number, 100)))
            bench.host.call("sock.close", number)
            bench.host.advance(end_us)
    assert answers == [b"HELLO", b"hello"]
