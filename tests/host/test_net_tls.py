"""The device's TLS against Debian's mosquitto: who is trusted, who is refused and in which words."""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from baysense_host.virtual.net.certificates import Authority, Certificate
from baysense_host.virtual.net.mosquitto import Mosquitto
from net_device import Device, needs_mosquitto
from network_harness import tcp_server

pytestmark = needs_mosquitto

NAME = "broker.test"
ATTEMPT = """
from baysense.net import mqtt, tls
mqtt.ACK_S, fed = 1, []
def wrap(raw):
    return tls.wrap(raw, ARGUMENTS.get("name", "broker.test"), stored("ca"), stored("cert"), stored("key"))
def report():
    broker = connect(wrap=wrap, feed=lambda: fed.append(1))
    broker.publish("bay/state", b"x" * 2000, True)
    broker.close()
attempt(report)
"""


@pytest.fixture(scope="module")
def ours() -> Authority:
    """Return the authority the device trusts."""
    return Authority("Ours")


@pytest.fixture(scope="module")
def theirs() -> Authority:
    """Return an authority nobody has heard of."""
    return Authority("Theirs")


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """Return a device."""
    return Device(tmp_path)


@pytest.fixture
def broker(tmp_path: Path, ours: Authority) -> Iterator[Mosquitto]:
    """Start a broker with a certificate of ours."""
    with Mosquitto(tmp_path / "broker", tls=ours.server(NAME)) as broker:
        yield broker


def try_at(device: Device, port: int, ca: Authority, cert: Certificate | None = None, **others: str) -> list[str]:
    """Try to report over TLS; return what came of it."""
    stored = {"ca": ca.der.hex()}
    if cert is not None:
        stored.update(cert=cert.der.hex(), key=cert.key_der.hex())
    answer: list[str] = device.run(ATTEMPT, port=port, **stored, **others)[0]
    return answer


def test_trusted_broker_is_spoken_to(device: Device, broker: Mosquitto, ours: Authority) -> None:
    """Report over TLS to a broker with the right name, signed by our CA."""
    assert try_at(device, broker.tls_port, ours) == ["done"]


def test_name_is_sent_for_virtual_hosts(device: Device, ours: Authority) -> None:
    """Put the server's name into the ClientHello."""
    seen = []
    with tcp_server(lambda peer: seen.append(peer.recv(4096))) as (_, port):
        try_at(device, port, ours)
    assert NAME.encode() in seen[0]


def test_untrusted_broker_is_refused(device: Device, broker: Mosquitto, theirs: Authority) -> None:
    """Refuse a certificate that another CA has signed, before a byte of MQTT."""
    kind, reason, text, _ = try_at(device, broker.tls_port, theirs)
    assert (kind, reason) == ("TlsRefused", "untrusted")
    assert "not correctly signed by the trusted CA" in text
    assert "New client connected" not in broker.log


def test_other_name_is_refused(device: Device, broker: Mosquitto, ours: Authority) -> None:
    """Refuse a good certificate of somebody else."""
    assert try_at(device, broker.tls_port, ours, name="other.test")[:2] == ["TlsRefused", "name"]


@pytest.mark.parametrize(("days", "reason"), [(-2, "expired"), (2, "early")])
def test_dates_are_checked(device: Device, tmp_path: Path, ours: Authority, days: int, reason: str) -> None:
    """Refuse what is not valid any more or not yet."""
    edge = datetime.now() + timedelta(days=days)
    dates = {"not_after": edge} if days < 0 else {"not_before": edge}
    with Mosquitto(tmp_path / "odd", tls=ours.server(NAME, **dates)) as odd:
        assert try_at(device, odd.tls_port, ours)[:2] == ["TlsRefused", reason]


def test_client_certificate_logs_in(device: Device, tmp_path: Path, ours: Authority, theirs: Authority) -> None:
    """Log in by certificate; name the broker's refusal of a foreign, an expired and a missing one."""
    old = ours.client("bay-1", not_after=datetime.now() - timedelta(days=2))
    with Mosquitto(tmp_path / "strict", tls=ours.server(NAME), clients=ours) as strict:
        assert try_at(device, strict.tls_port, ours, ours.client("bay-1")) == ["done"]
        for cert in (theirs.client("bay-1"), old, None):
            assert try_at(device, strict.tls_port, ours, cert)[:2] == ["TlsRefused", "handshake"]
        assert "u'bay-1'" in strict.log


@pytest.mark.parametrize("broken", [{"ca": ""}, {"ca": "3003020100"}, {"cert": "3003020100"}, {"key": ""}])
def test_unusable_credentials_are_named(
    device: Device, broker: Mosquitto, ours: Authority, broken: dict[str, str]
) -> None:
    """Say what to upload when nothing usable is stored."""
    cert = ours.client("bay-1")
    stored = {"ca": ours.der.hex(), "cert": cert.der.hex(), "key": cert.key_der.hex()}
    kind, reason, text, _ = device.run(ATTEMPT, port=broker.tls_port, **{**stored, **broken})[0]
    assert (kind, reason) == ("TlsRefused", "credentials")
    assert "upload" in text


def test_plain_listener_is_refused(device: Device, broker: Mosquitto, ours: Authority) -> None:
    """Say that the port speaks no TLS."""
    kind, reason, text, _ = try_at(device, broker.port, ours)
    assert (kind, reason) == ("TlsRefused", "handshake")
    assert "speaks no TLS" in text


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("OSError(-32512, 'MBEDTLS_ERR_SSL_ALLOC_FAILED')", "OSError", "not enough memory"),
        ("OSError(113)", "OSError", "connection lost"),  # ECONNABORTED of the ESP32: Wi-Fi went away
        ("OSError(-30592, 'MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE')", "TlsRefused", "ALERT"),
        ("ValueError('one\\ntwo\\n')", "TlsRefused", "one; two"),
    ],
)
def test_errors_of_a_handshake_are_explained(device: Device, error: str, kind: str, words: str) -> None:
    """Blame the certificate for nothing that memory or the network did."""
    program = f"from baysense.net import tls\nerror = tls.explained({error})\n"
    said = device.run(program + "say(type(error).__name__, str(error))")[0]
    assert said[0] == kind
    assert words in said[1]


@pytest.mark.parametrize("greeting", [b"", b"\x16\x03\x03\x00\x40"])
def test_silent_handshake_is_given_up(device: Device, ours: Authority, greeting: bytes) -> None:
    """Give up a peer that falls silent in the handshake: the network's fault, nobody's refusal."""

    def mumble(peer: socket.socket) -> None:
        peer.sendall(greeting)
        while peer.recv(4096):
            pass

    with tcp_server(mumble) as (_, port):
        kind, _, text, took_ms = try_at(device, port, ours)
    assert kind == "OSError"
    assert "timed out" in text
    assert 900 < int(took_ms) < 5000


def test_messages_of_one_record_come_at_once(device: Device, tmp_path: Path, ours: Authority) -> None:
    """Take in what TLS has already decrypted although the socket itself has nothing more."""
    messages = b"".join(b"\x30\xad\x02\x00\x03cmd" + b"%d" % number + b"x" * 295 for number in range(6))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = ours.server(NAME)
    (tmp_path / "server.pem").write_bytes(server.certificate + server.key)
    context.load_cert_chain(tmp_path / "server.pem")

    def speak(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secure:
            secure.recv(4096)
            secure.sendall(bytes.fromhex("20020000") + messages)  # CONNACK and all in one record
            secure.recv(4096)

    program = (
        ATTEMPT.replace("attempt(report)", "")
        + """
broker = connect(wrap=wrap)
begun_ms = time.ticks_ms()
say([int(broker.receive(1000)[1][:1]) for _ in range(6)], time.ticks_diff(time.ticks_ms(), begun_ms) < 90)
"""
    )
    with tcp_server(speak) as (_, port):
        assert device.run(program, port=port, ca=ours.der.hex()) == [[[0, 1, 2, 3, 4, 5], True]]
