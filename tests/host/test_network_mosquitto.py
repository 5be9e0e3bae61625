"""The real broker: its listeners, logins, access list, certificates, and what it keeps."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from baysense_host.errors import ToolError
from baysense_host.virtual.net import mosquitto as module
from baysense_host.virtual.net.certificates import Authority
from baysense_host.virtual.net.listener import Listener
from baysense_host.virtual.net.mosquitto import Mosquitto, available
from network_harness import NO_MOSQUITTO, Bench

ACL = "user bay-1\ntopic readwrite baysense/#\nuser city\ntopic read baysense/#\n"
PUBLISH, SUBSCRIBE = shutil.which("mosquitto_pub"), shutil.which("mosquitto_sub")


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
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    """Run a broker with everything it has."""
    users = {"bay-1": "s3cret", "city": "words"}
    tls = authority.server("broker.test", "127.0.0.1")
    folder = tmp_path / "broker"
    with Mosquitto(folder, tls, authority, users, ACL, persistence=True) as broker:
        yield broker


def context(authority: Authority, folder: Path, client: str | None = None) -> ssl.SSLContext:
    """Return what a TLS client of this authority needs."""
    result = ssl.create_default_context(cafile=authority.write(folder / "ca.pem"))
    if client is not None:
        certificate = authority.client(client)
        both = folder / f"{client}.pem"
        both.write_bytes(certificate.certificate + certificate.key)
        result.load_cert_chain(both)
    return result


def publish(broker: Mosquitto, *more: str) -> int:
    """Publish one retained message with mosquitto's own client; return its exit code."""
    if PUBLISH is None:
        pytest.skip("mosquitto-clients is not installed")
    arguments = [PUBLISH, "-h", broker.host, "-p", str(broker.port), "-t", "baysense/x", "-m", "hi", "-r", "-q", "1"]
    return subprocess.run([*arguments, *more], capture_output=True, timeout=10).returncode


def first_message(broker: Mosquitto, user: str, password: str, tls: ssl.SSLContext | None = None) -> bytes | None:
    """Return the first message a listener gets within half a second."""
    bench = Bench()
    address = broker.address if tls is None else broker.tls_address
    listener = Listener(bench.network, address, bench.host.now_us, username=user, password=password, tls=tls)
    listener.start()
    try:
        end_s = time.monotonic() + 0.5
        while not listener.messages and time.monotonic() < end_s:
            listener.collect()
            time.sleep(0.01)
        return listener.messages[0].payload if listener.messages else None
    finally:
        listener.stop()


def test_logins_and_access_list(broker: Mosquitto) -> None:
    """Let the right ones in and only them write."""
    assert publish(broker) != 0
    assert publish(broker, "-u", "bay-1", "-P", "wrong") != 0
    assert publish(broker, "-u", "city", "-P", "words") == 0  # taken, and thrown away by the access list
    assert first_message(broker, "city", "words") is None
    assert publish(broker, "-u", "bay-1", "-P", "s3cret") == 0
    assert first_message(broker, "city", "words") == b"hi"


def test_tls_with_client_certificates(broker: Mosquitto, authority: Authority, tmp_path: Path) -> None:
    """Take the user from the certificate; refuse clients without one or with a foreign one."""
    publish(broker, "-u", "bay-1", "-P", "s3cret")
    assert first_message(broker, "", "", context(authority, tmp_path, "city")) == b"hi"
    foreign = context(authority, tmp_path)
    certificate = Authority("Somebody else").client("city")
    (tmp_path / "foreign.pem").write_bytes(certificate.certificate + certificate.key)
    foreign.load_cert_chain(tmp_path / "foreign.pem")
    for refused in (context(authority, tmp_path), foreign):
        with socket.create_connection(broker.tls_address, 5) as raw, pytest.raises(ssl.SSLError, match="alert"):
            refused.wrap_socket(raw, server_hostname="broker.test").recv(1)


def test_foreign_authority_is_refused(broker: Mosquitto, tmp_path: Path) -> None:
    """Have a client that pins another authority refuse the broker."""
    with (
        socket.create_connection(broker.tls_address) as raw,
        pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer|self-signed"),
    ):
        context(Authority("Somebody else"), tmp_path).wrap_socket(raw, server_hostname="broker.test")


def test_dates_go_into_certificates(authority: Authority) -> None:
    """Write the dates asked for, in a certificate that is whole DER."""
    from cryptography.x509 import load_der_x509_certificate

    early, late = datetime(2020, 1, 2), datetime(2021, 3, 4)
    certificate = authority.server("broker.test", not_before=early, not_after=late)
    parsed = load_der_x509_certificate(certificate.der)
    assert (parsed.not_valid_before_utc.replace(tzinfo=None), parsed.not_valid_after_utc.year) == (early, 2021)
    assert certificate.key_der[0] == authority.der[0] == 0x30


def test_restart_keeps_ports_and_retained_messages(broker: Mosquitto) -> None:
    """Come back where it was."""
    publish(broker, "-u", "bay-1", "-P", "s3cret")
    before = broker.address, broker.tls_address
    broker.restart()
    assert (broker.address, broker.tls_address) == before
    assert first_message(broker, "city", "words") == b"hi"


def test_stop_twice_leaves_nothing(broker: Mosquitto) -> None:
    """End once, and mind no second call, orderly or not."""
    broker.stop()
    broker.stop()
    assert broker.log.count("terminating") == 1
    broker.start()
    broker.kill()
    broker.kill()
    assert broker.log.count("terminating") == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(broker.tls_address, 1)


def test_says_why_it_does_not_start(tmp_path: Path) -> None:
    """Pass mosquitto's own words on."""
    broker = Mosquitto(tmp_path, acl="nonsense here\n")
    with pytest.raises(ToolError, match="mosquitto did not start: .*Error.*acl") as raised:
        broker.start()
    assert "mosquitto.conf" in raised.value.hint


def test_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the package where there is none."""
    monkeypatch.setattr(module, "_SBIN", "/nowhere")
    assert not available()
    with pytest.raises(ToolError, match="mosquitto is not installed") as raised:
        Mosquitto(tmp_path).start()
    assert "apt install mosquitto" in raised.value.hint
