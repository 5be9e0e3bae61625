"""Wi-Fi, time server and TLS on a whole virtual board, as the firmware would meet them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from baysense_host.virtual.fleet import IDF_HEAP_BYTES
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.certificates import Authority
from baysense_host.virtual.net.idf_heap import IdfHeap
from baysense_host.virtual.net.mosquitto import Mosquitto, available
from baysense_host.virtual.net.network import VirtualNetwork
from baysense_host.virtual.net_host import NetHost
from network_harness import CURRENTS, NO_MOSQUITTO
from small_board import small_board

PROGRAM = """
    import binascii, gc, machine, network, select, socket, struct, time, tls

    wlan = network.WLAN()
    wlan.active(True)
    wlan.connect("Depot", "parken-parken")
    while not wlan.isconnected():
        time.sleep_ms(50)

    def ask_time():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(2)
        s.sendto(b"\\x23" + bytes(47), socket.getaddrinfo("pool.ntp.org", 123)[0][-1])
        seconds = struct.unpack(">I", s.recv(48)[40:44])[0] - 3155673600
        s.close()
        return seconds

    def shake_hands():
        raw = socket.socket()
        raw.connect(socket.getaddrinfo("broker.test", 8883)[0][-1])
        raw.setblocking(False)
        context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_REQUIRED
        context.load_verify_locations(binascii.unhexlify("CA"))
        stream = context.wrap_socket(raw, server_hostname="broker.test", do_handshake_on_connect=False)
        poll = select.poll()
        poll.register(stream, select.POLLIN)
        begun = time.ticks_ms()
        try:
            while not stream.write(bytes.fromhex("100c00044d5154540402003c0000")):
                poll.poll(100)
            while not (answer := stream.read(4)):
                poll.poll(100)
            print(answer, time.ticks_diff(time.ticks_ms(), begun) // 100)
        except (OSError, ValueError) as error:
            print(str(error).strip())
        finally:
            stream.close()
            raw.close()  # after a failed handshake the stream does not

    shake_hands()
    year, month, day, hour, minute, second = time.gmtime(ask_time())[:6]
    machine.RTC().datetime((year, month, day, 0, hour, minute, second, 0))
    print(time.gmtime()[:4])
    for _ in range(2):
        gc.collect()
        free = gc.mem_free()
        shake_hands()
        gc.collect()
        print(abs(gc.mem_free() - free) < 2000)
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[Mosquitto, Authority]]:
    """Run a broker whose certificate is of this year."""
    if not available():
        pytest.skip(NO_MOSQUITTO)
    authority = Authority()
    certificate = authority.server("broker.test", not_before=datetime(2026, 1, 1), not_after=datetime(2100, 1, 1))
    with Mosquitto(tmp_path / "broker", certificate) as broker:
        yield broker, authority


def test_from_cold_boot_to_tls(broker: tuple[Mosquitto, Authority], tmp_path: Path) -> None:
    """Refuse the broker in the year 2000, ask for the time, accept it then, twice, in the same memory."""
    server, authority = broker
    network = VirtualNetwork()
    network.access_points.append(AccessPoint("Depot", "parken-parken"))
    network.names.add("broker.test", {8883: server.tls_address})
    program = PROGRAM.replace("CA", authority.der.hex())
    with small_board(tmp_path, program, power_on=False) as board:
        host = NetHost(board.simulation, board.board)
        heap = IdfHeap(IDF_HEAP_BYTES)
        attached = network.attach(host, "bay-1", board.board.mac.hex(), heap, CURRENTS)
        board.board.on_restart = attached.reset
        board.simulation.settlers.append(network)
        board.board.power_on()
        board.run(60)
        said = board.said()
        network.close()
    assert said == [
        "The certificate validity starts in the future",
        "(2026, 12, 1, 0)",
        "b' \\x02\\x00\\x00' 15",
        "True",
        "b' \\x02\\x00\\x00' 15",
        "True",
    ]
    assert heap.free_bytes == IDF_HEAP_BYTES
