"""The Wi-Fi station: what it says, when, and what it refuses."""

import errno

import pytest

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.faults import WIFI_DOWN, Fault
from network_harness import CURRENTS, Bench, errno_of

S = 1_000_000


@pytest.fixture
def bench() -> Bench:
    """Return a board whose Wi-Fi is on."""
    bench = Bench()
    bench.host.call("wifi.init")
    bench.host.call("wifi.active", True)
    return bench


def status_changes(bench: Bench, seconds: float) -> list[int]:
    """Return the sequence of different values status() has in that time."""
    seen: list[int] = []
    for _ in range(int(seconds * 50)):
        status = bench.host.call("wifi.status")
        if not seen or seen[-1] != status:
            seen.append(status)
        bench.host.advance(bench.host.time_us + S // 50)
    return seen


def test_connects_within_the_measured_time(bench: Bench) -> None:
    """Take about 1.6 s with DHCP, as measured on hardware."""
    start_us = bench.host.time_us
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    bench.host.advance(start_us + 3 * S, lambda: bench.board.wifi.connected)
    assert 1.5 * S < bench.host.time_us - start_us < 1.7 * S
    assert bench.host.call("wifi.status") == 1010
    assert bench.host.call("wifi.rssi") == -60
    assert bench.host.call("wifi.ifconfig") == ["192.168.4.10", "255.255.255.0", "192.168.4.1", "192.168.4.1"]


def test_static_address_saves_dhcp(bench: Bench) -> None:
    """Take 0.77 s without DHCP."""
    bench.host.call("wifi.set_ifconfig", ["192.168.4.77", "255.255.255.0", "192.168.4.1", "9.9.9.9"])
    start_us = bench.host.time_us
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    bench.host.advance(start_us + 3 * S, lambda: bench.board.wifi.connected)
    assert 0.7 * S < bench.host.time_us - start_us < 0.8 * S
    assert bench.host.call("wifi.ifconfig")[0] == "192.168.4.77"


def test_static_address_of_another_network(bench: Bench) -> None:
    """Connect, and reach nobody."""
    bench.host.call("wifi.set_ifconfig", ["192.168.7.77", "255.255.255.0", "192.168.7.1", "9.9.9.9"])
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    bench.host.advance(3 * S)
    assert bench.host.call("wifi.isconnected")
    assert errno_of(lambda: bench.host.call("sock.resolve", "pool.ntp.org")) == -202
    number = bench.host.call("sock.open")
    bench.host.call("sock.connect", number, "10.0.0.2", 7)
    bench.host.advance(30 * S)
    assert errno_of(lambda: bench.host.call("sock.connected", number)) == errno.ETIMEDOUT


def test_several_access_points(bench: Bench) -> None:
    """Take the first on the channels, as a fast scan does, or the one asked for; miss one that is gone."""
    near = AccessPoint("Depot", "parken-parken", rssi_dbm=-40, channel=11, bssid="02bb5e000002")
    bench.network.access_points.append(near)
    found = [(ap[0], ap[1], ap[2], ap[3]) for ap in bench.host.call("wifi.scan")]
    assert found == [("Depot", "02bb5e000002", 11, -40), ("Depot", "02bb5e000001", 6, -60)]
    for bssid, channel in ((None, 6), ("02bb5e000002", 11), ("02bb5e000001", 6)):
        bench.host.call("wifi.connect", "Depot", "parken-parken", bssid)
        bench.host.advance(bench.host.time_us + 3 * S)
        assert bench.host.call("wifi.config", "channel") == channel
        bench.host.call("wifi.disconnect")
    bench.network.access_points.remove(near)
    bench.host.call("wifi.configure", "reconnects", 0)
    bench.host.call("wifi.connect", "Depot", "parken-parken", "02bb5e000002")
    bench.host.advance(bench.host.time_us + 3 * S)
    assert bench.host.call("wifi.status") == 201


def test_known_access_point_saves_the_scan(bench: Bench) -> None:
    """Be on the air in half the time when the access point is remembered instead of looked for."""
    start_us = bench.host.time_us
    bench.host.call("wifi.scan")
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    bench.host.advance(bench.host.time_us + 3 * S, lambda: bench.board.wifi.connected)
    searched_us = bench.host.time_us - start_us
    bench.host.call("wifi.disconnect")
    start_us = bench.host.time_us
    bench.host.call("wifi.connect", "Depot", "parken-parken", "02bb5e000001")
    bench.host.advance(bench.host.time_us + 3 * S, lambda: bench.board.wifi.connected)
    assert bench.host.time_us - start_us < searched_us / 2


def test_wrong_password_shows_on_the_second_attempt(bench: Bench) -> None:
    """Say connecting first and wrong password afterwards, never no network."""
    bench.host.call("wifi.connect", "Depot", "falsch", None)
    assert status_changes(bench, 6) == [1001, 202]


def test_wrong_password_without_reconnects_is_reason_15(bench: Bench) -> None:
    """Pass ESP-IDF's reason through when the station does not try again."""
    bench.host.call("wifi.configure", "reconnects", 0)
    bench.host.call("wifi.connect", "Depot", "falsch", None)
    assert status_changes(bench, 6) == [1001, 15]


def test_unknown_network(bench: Bench) -> None:
    """Say no access point found, once all channels were scanned."""
    bench.host.call("wifi.connect", "Nirgends", "x", None)
    bench.host.advance(bench.host.time_us + 2 * S)
    assert bench.host.call("wifi.status") == 1001
    bench.host.advance(bench.host.time_us + 1 * S)
    assert bench.host.call("wifi.status") == 201


def test_comes_back_after_an_outage(bench: Bench) -> None:
    """Notice lost beacons after six seconds and reconnect by itself."""
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    bench.network.fail(Fault(WIFI_DOWN, 10 * S, 30 * S))
    bench.host.advance(15 * S)
    assert bench.board.wifi.connected
    bench.host.advance(17 * S)
    assert not bench.board.wifi.connected
    bench.host.advance(40 * S)
    assert bench.board.wifi.connected


def test_short_outage_goes_unnoticed(bench: Bench) -> None:
    """Stay connected when beacons are missing for less than six seconds."""
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    bench.network.fail(Fault(WIFI_DOWN, 10 * S, 13 * S))
    bench.network.fail(Fault(WIFI_DOWN, 50 * S, 60 * S))
    bench.host.advance(30 * S)
    assert bench.board.wifi.connected
    assert "disconnected" not in [fields["event"] for _, _, fields in bench.host.logged]
    bench.host.advance(57 * S)
    assert not bench.board.wifi.connected


def test_outage_of_another_board_does_not_hit(bench: Bench) -> None:
    """Keep failures to the board they are meant for."""
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    bench.network.fail(Fault(WIFI_DOWN, 5 * S, 90 * S, board="bay-2"))
    bench.host.advance(60 * S)
    assert bench.board.wifi.connected


def test_scan_takes_its_time_and_lists_by_strength(bench: Bench) -> None:
    """List all access points, hidden ones without name, after 2.4 s."""
    bench.network.access_points.append(AccessPoint("Strasse", rssi_dbm=-40, channel=1))
    bench.network.access_points.append(AccessPoint("Geheim", "12345678", rssi_dbm=-80, hidden=True))
    start_us = bench.host.time_us
    found = bench.host.call("wifi.scan")
    assert [(ap[0], ap[3], ap[4]) for ap in found] == [("Strasse", -40, 0), ("Depot", -60, 3), ("", -80, 3)]
    assert bench.host.time_us - start_us > 2.3 * S


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("wifi.connect", "Depot", "x", None), "Wifi Not Started"),
        (("wifi.scan",), "STA must be active"),
        (("wifi.rssi",), "Wifi Not Connected"),
    ],
)
def test_refusals_before_active(call: tuple[object, ...], message: str) -> None:
    """Refuse with ESP32's words."""
    bench = Bench()
    bench.host.call("wifi.init")
    with pytest.raises(DeviceError) as raised:
        bench.host.call(*call)  # type: ignore[arg-type]
    assert (raised.value.kind, raised.value.arguments) == ("OSError", (message,))


def test_connect_while_connecting_is_refused(bench: Bench) -> None:
    """Refuse a second connect during the first."""
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    with pytest.raises(DeviceError, match="Wifi Internal State Error"):
        bench.host.call("wifi.connect", "Depot", "parken-parken", None)


def test_wifi_needs_idf_heap() -> None:
    """Run out of memory as the driver does, and keep what it took until a restart."""
    bench = Bench(heap_bytes=60_000)
    bench.host.call("wifi.init")
    assert bench.heap.free_bytes < 20_000
    bench.host.call("wifi.active", True)
    bench.host.call("wifi.active", False)
    assert bench.heap.free_bytes < 20_000
    bench.board.reset()
    assert bench.heap.free_bytes == 60_000
    bench.heap.take("ble", 30_000)
    with pytest.raises(DeviceError, match="WiFi Out of Memory"):
        bench.host.call("wifi.init")


def test_current_follows_the_state(bench: Bench) -> None:
    """Charge receiving while connecting, dozing when associated, transmitting briefly, nothing when off."""
    bench.host.call("wifi.connect", "Depot", "parken-parken", None)
    assert bench.host.currents_ua[-1] == CURRENTS.receive_ua
    bench.host.advance(5 * S)
    assert bench.host.currents_ua[-1] == CURRENTS.associated_ua
    bench.board.wifi.transmit(600)
    assert bench.host.currents_ua[-1] == CURRENTS.transmit_ua
    bench.host.advance(6 * S)
    assert bench.host.currents_ua[-1] == CURRENTS.associated_ua
    bench.host.call("wifi.active", False)
    assert bench.host.currents_ua[-1] == 0


def test_same_seed_same_times() -> None:
    """Repeat to the microsecond."""
    logs = []
    for seed in (1, 1, 2):
        bench = Bench(seed=seed)
        bench.join()
        logs.append(bench.host.logged)
    assert logs[0] == logs[1] != logs[2]
