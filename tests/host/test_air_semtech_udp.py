"""The gateway's Semtech UDP face on a real socket, against pamoja's codec as the network server."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.air import Air, Gateway
from baysense_host.virtual.air.semtech_udp import KEEP_ALIVE_US, SemtechUdp
from baysense_host.virtual.eventlog import EventLog
from baysense_host.virtual.simulation import Simulation
from radio_bench import FREQ_HZ, Ear
from test_air_gateway import Site

native = pytest.importorskip("pamoja._native")


class Server:
    """A socket and pamoja's codec."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(2)
        self.address = self._socket.getsockname()
        self._peer: Any = None

    def take(self) -> Any:
        """Return the next datagram, after acknowledging it."""
        data, self._peer = self._socket.recvfrom(65535)
        self.body = data[12:]
        packet = native.gateway_parse(data)
        answer = native.gateway_acknowledgment(packet)
        if answer is not None:
            self._socket.sendto(native.gateway_encode(answer), self._peer)
        return packet

    def ask(self, token: int, **fields: Any) -> None:
        """Ask for a downlink."""
        link = native.LoraLink(fields.pop("sf", 7), 125_000)
        frame = native.GatewayTxpk(
            fields.pop("freq_hz", FREQ_HZ), b"downlink", link=link, invert_polarity=True, without_crc=True, **fields
        )
        self.send(native.gateway_encode(native.GatewayPacket("PullResp", token, transmit=frame)))

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self._peer)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def face(site: Site, server: Server) -> Iterator[SemtechUdp]:
    made = SemtechUdp(site.gateway, server.address)
    yield made
    made.close()


def until(condition: Any, act: Any) -> None:
    """Act until something has come through the kernel."""
    end_s = time.monotonic() + 2
    while not condition() and time.monotonic() < end_s:
        act()
        time.sleep(0.001)
    assert condition()


def acknowledgement(server: Server, face: SemtechUdp, site: Site) -> tuple[int, str]:
    """Let the gateway obey a request; return the token and the error of its TX_ACK."""
    time.sleep(0.01)
    face.on_readable()
    packet = server.take()
    assert packet.kind == "TxAck"
    return packet.token, packet.tx_status


def test_it_asks_for_downlinks_and_keeps_asking(server: Server, face: SemtechUdp, site: Site) -> None:
    first = server.take()
    assert (first.kind, bytes.fromhex(first.gateway)) == ("PullData", b"\0gateway")
    until(lambda: face.acknowledged == 1, face.on_readable)
    site.run(KEEP_ALIVE_US)
    second = server.take()
    assert second.kind == "PullData" and second.token != first.token


def test_an_uplink_is_pushed_with_what_the_air_made_of_it(server: Server, site: Site) -> None:
    site.clock.now_us = (1 << 32) - 1000
    face = SemtechUdp(site.gateway, server.address)
    server.take()
    emission = site.uplink(1 << 32, 9)
    site.run(emission.end_us)
    packet = server.take()
    face.close()
    (heard,) = packet.packets
    assert packet.kind == "PushData" and heard.payload == b"uplink" and heard.crc == "Ok"
    assert (heard.frequency_hz, heard.link.spreading_factor, heard.link.bandwidth_hz) == (FREQ_HZ, 9, 125_000)
    assert json.loads(server.body)["rxpk"][0]["tmst"] == emission.end_us - (1 << 32)  # the counter has 32 bits
    assert (heard.rssi_dbm, heard.snr_db) == (-101.0, 13.0)


def test_a_downlink_goes_out_at_its_count(server: Server, face: SemtechUdp, site: Site) -> None:
    server.take()
    site.clock.now_us = (1 << 32) - 500_000
    server.ask(7, timestamp_us=500_000, power_dbm=14)  # a second from now, beyond the counter's wrap
    assert acknowledgement(server, face, site) == (7, "NONE")
    site.run((1 << 32) + 2_000_000)
    (reception,) = site.ear.frames
    emission = reception.emission
    assert (emission.start_us, emission.data, emission.power_dbm) == ((1 << 32) + 500_000, b"downlink", 14.0)


def test_at_once_means_now(server: Server, face: SemtechUdp, site: Site) -> None:
    server.take()
    site.clock.now_us = 5_000
    server.ask(8, immediate=True)
    assert acknowledgement(server, face, site) == (8, "NONE")
    site.run(1_000_000)
    assert site.ear.frames[0].emission.start_us == 5_000


def test_refusals_come_back_in_the_protocols_words(server: Server, face: SemtechUdp, site: Site) -> None:
    server.take()
    site.clock.now_us = 1_000_000
    server.ask(1, timestamp_us=999_000)
    assert acknowledgement(server, face, site) == (1, "TOO_LATE")
    server.ask(2, timestamp_us=2_000_000, sf=12)
    assert acknowledgement(server, face, site) == (2, "NONE")
    server.ask(3, timestamp_us=2_500_000)
    assert acknowledgement(server, face, site) == (3, "COLLISION_PACKET")
    server.ask(4, timestamp_us=9_000_000, freq_hz=868_650_000)
    assert acknowledgement(server, face, site) == (4, "TX_FREQ")


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"txpk":{"datr":5,"data":"","freq":868.1}}'])
def test_nonsense_is_refused_and_harms_nobody(server: Server, face: SemtechUdp, body: bytes) -> None:
    server.take()
    server.send(b"\x01")
    server.send(b"\x09\0\0\x03" + body)
    server.send(b"\x02\0\x05\x03" + body)
    time.sleep(0.01)
    face.on_readable()
    data = server._socket.recv(65535)
    assert data[1:4] == b"\0\x05\x05" and b"INTERNAL_ERROR" in data


def test_a_server_that_is_away_is_no_error(site: Site) -> None:
    gone = Server()
    face = SemtechUdp(site.gateway, gone.address)
    gone.close()
    heard = site.gateway.received
    site.uplink(1000)
    site.run(3 * KEEP_ALIVE_US)
    face.on_readable()
    assert site.gateway.received == heard + 1  # it goes on hearing
    face.close()


def test_in_real_mode_the_simulation_serves_the_socket(tmp_path: Path, server: Server) -> None:
    simulation = Simulation(EventLog(tmp_path / "events.jsonl"), real=True)
    air = Air(simulation.clock, 1)
    gateway, ear = Gateway(air, "gateway", simulation.clock), Ear()
    air.listen(ear)
    face = SemtechUdp(gateway, server.address)
    simulation.watch(face.fileno(), face.on_readable)
    server.take()
    server.ask(9, immediate=True)
    simulation.run(simulation.clock.now_us + 2_000_000, stop=lambda: bool(ear.frames))
    assert ear.frames[0].emission.data == b"downlink" and server.take().tx_status == "NONE"
    face.close()
    simulation.close()
