"""The `network` and `socket` modules as firmware sees them, run in real MicroPython."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from network_harness import Bench, echo, tcp_server

JOIN = """
    import errno, network, select, socket, ssl, vb_link
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect("Depot", b"parken-parken")
    while not wlan.isconnected():
        vb_link.wait(100_000)
    def fails(call, *args):
        try:
            return call(*args)
        except OSError as error:
            return errno.errorcode.get(error.errno, error.errno)
        except Exception as error:
            return repr(error)
"""


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return a board and an echo server named `echo.test`."""
    with tcp_server(echo) as address:
        bench = Bench()
        bench.network.names.add("echo.test", {7: address})
        yield bench
        bench.network.close()


def run(bench: Bench, folder: Path, source: str) -> list[str]:
    """Run after joining the network; return the printed lines."""
    return bench.interpret(JOIN + source, folder).splitlines()


def test_blocking_socket(bench: Bench, tmp_path: Path) -> None:
    """Connect by name, send more than one buffer, read it all back, time out, close."""
    lines = run(
        bench,
        tmp_path,
        """
    with socket.socket() as s:
        s.connect(socket.getaddrinfo("echo.test", 7)[0][-1])
        s.sendall(bytes(range(256)) * 80)
        print(s.read(20480) == bytes(range(256)) * 80)
        s.write(b"one\\ntwo")
        print(s.readline(), s.recv(2), s.recvfrom(10)[0])
        s.settimeout(1.5)
        start = vb_link.now_us()
        print(fails(s.recv, 1), (vb_link.now_us() - start) // 100_000)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        buffer = bytearray(8)
        s.send(b"abc")
        print(s.readinto(buffer), bytes(buffer[:3]), s.send(b""))
    print(fails(s.send, b"x"), s.close())
    """,
    )
    assert lines == ["True", "b'one\\n' b'tw' b'o'", "ETIMEDOUT 15", "3 b'abc' 0", "EBADF None"]


def test_non_blocking_socket(bench: Bench, tmp_path: Path) -> None:
    """Say EINPROGRESS, EAGAIN and None as MicroPython does, and tell poll what is possible."""
    lines = run(
        bench,
        tmp_path,
        """
    s = socket.socket()
    poll = select.poll()
    poll.register(s, select.POLLIN | select.POLLOUT)
    def events():
        return [event for _, event in poll.poll(0)]
    print(events())
    s.setblocking(False)
    print(fails(s.connect, ("10.0.0.2", 7)), fails(s.connect, ("10.0.0.2", 7)), events())
    vb_link.sleep_us(25_000)
    print(events(), fails(s.recv, 1), s.read(1), s.readinto(bytearray(1)))
    print(s.send(b"hi"), events())
    vb_link.sleep_us(25_000)
    print(events(), s.recv(10), s.fileno(), s.makefile() is s)
    """,
    )
    assert lines == ["[20]", "EINPROGRESS EALREADY []", "[4] EAGAIN None None", "2 [4]", "[5] b'hi' 0 True"]


def test_refusals(bench: Bench, tmp_path: Path) -> None:
    """Refuse what the chip's port refuses."""
    lines = run(
        bench,
        tmp_path,
        """
    print(fails(socket.getaddrinfo, "nobody.test", 1883))
    print(fails(socket.socket, socket.AF_INET, socket.SOCK_RAW))
    s = socket.socket()
    print(fails(s.connect, ("echo.test", 8)), fails(s.recv, 1))
    s.close()
    held = [socket.socket() for _ in range(10)]
    print(fails(socket.socket))
    wlan.disconnect()
    print(fails(held[0].connect, ("10.0.0.2", 7)), fails(socket.getaddrinfo, "echo.test", 7))
    """,
    )
    assert lines == ["-202", "EOPNOTSUPP", "ECONNREFUSED ENOTCONN", "23", "EHOSTUNREACH -202"]


def test_wlan(bench: Bench, tmp_path: Path) -> None:
    """Answer as the station of ports/esp32 does."""
    lines = run(
        bench,
        tmp_path,
        """
    print(network.WLAN() is wlan, wlan.status() == network.STAT_GOT_IP, wlan.status("rssi"), wlan.active())
    print(wlan.config("mac"), wlan.config("ssid"), wlan.config("channel"), wlan.config("pm"))
    wlan.config(pm=wlan.PM_NONE, reconnects=2)
    print(wlan.config("pm"), wlan.config("reconnects"))
    print(fails(wlan.config, "key"), fails(wlan.config, "colour"))
    print(wlan.scan())
    print(wlan.ifconfig(), wlan.ipconfig("addr4"))
    wlan.ipconfig(addr4="10.9.8.7/16", gw4="10.9.0.1")
    network.ipconfig(dns="9.9.9.9")
    print(wlan.ifconfig())
    print(fails(network.WLAN, network.AP_IF), fails(network.WLAN, 7), fails(wlan.status, "stations"))
    network.hostname("bay-7")
    print(network.hostname(), wlan.config("hostname"), network.country())
    wlan.active(False)
    print(wlan.isconnected(), wlan.status() == network.STAT_IDLE, fails(wlan.connect, "Depot", "x"))
    """,
    )
    assert lines == [
        "True True -60 True",
        "b'$\\n\\xc4\\x00\\x00\\x01' Depot 6 1",
        "0 2",
        "AP required ValueError('unknown config param',)",
        "[(b'Depot', b'\\x02\\xbb^\\x00\\x00\\x01', 6, -60, 3, False)]",
        "('192.168.4.10', '255.255.255.0', '192.168.4.1', '192.168.4.1') ('192.168.4.10', '255.255.255.0')",
        "('10.9.8.7', '255.255.0.0', '10.9.0.1', '9.9.9.9')",
        "NotImplementedError('the virtual board has no access point mode',) "
        "ValueError('invalid WLAN interface identifier',) AP required",
        "bay-7 bay-7 XX",
        "False True Wifi Not Started",
    ]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a key and a certificate signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command is not installed; it makes the certificate of the TLS test")
    path = tmp_path / "server.pem"
    arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker.test"]
    subprocess.run(
        [openssl, *arguments, "-keyout", path, "-out", tmp_path / "cert.pem"], check=True, capture_output=True
    )
    path.write_text(path.read_text() + (tmp_path / "cert.pem").read_text())
    return path


def test_tls_runs_over_the_socket(certificate: Path, tmp_path: Path) -> None:
    """Let the interpreter's own TLS run over the shim, handshake and data both ways."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secure:
            secure.sendall(secure.recv(100)[::-1])
            secure.recv(1)

    with tcp_server(talk) as address:
        bench = Bench()
        bench.network.names.add("broker.test", {8883: address})
        lines = run(
            bench,
            tmp_path,
            """
    raw = socket.socket()
    raw.connect(("broker.test", 8883))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_NONE
    secure = context.wrap_socket(raw, server_hostname="broker.test")
    secure.write(b"hello")
    print(secure.read(5))
    secure.close()
    print(fails(raw.send, b"x"))
    """,
        )
        assert lines == ["b'olleh'", "EBADF"]
        bench.network.close()
