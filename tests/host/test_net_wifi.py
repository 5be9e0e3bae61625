"""The device joins Wi-Fi networks: which one, how fast, and why not."""

import json
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.faults import WIFI_DOWN, Fault
from net_device import FIRMWARE
from network_harness import Bench

DEPOT = ["Depot", "parken-parken"]  # the harness's own network, channel 6, -60 dBm
STREET = ["Strasse", "laterne-laterne"]
S = 1_000_000

PROGRAM = """
import json, time, network
from baysense.net import wifi
station = network.WLAN(network.STA_IF)
def join(networks, address=None, hint=""):
    begun_ms = time.ticks_ms()
    try:
        hint = wifi.connect(station, networks, address, bytes.fromhex(hint)).hex()
        addresses = [station.ipconfig("addr4"), station.ipconfig("gw4"), network.ipconfig("dns")]
        outcome = [hint, station.config("ssid")] + addresses
    except wifi.WifiError as error:
        outcome = [error.reason, str(error)]
    print(json.dumps([time.ticks_diff(time.ticks_ms(), begun_ms), outcome]))
"""


@pytest.fixture
def bench() -> Bench:
    """Return a board in range of the depot's and the street's access points."""
    bench = Bench()
    bench.network.access_points[0].bssid = "02bb5e000001"
    bench.network.access_points += [
        AccessPoint(*STREET, rssi_dbm=-75, channel=1, bssid="02bb5e000011"),
        AccessPoint(*STREET, rssi_dbm=-50, channel=11, bssid="02bb5e000012"),
    ]
    return bench


def run(bench: Bench, folder: Path, program: str) -> list[Any]:
    """Run a program after the definitions above; return the time [ms] and the outcome of every join."""
    output = bench.interpret(PROGRAM + program, folder, FIRMWARE)
    return [json.loads(line) for line in output.splitlines()]


def join(bench: Bench, folder: Path, *networks: list[str], **options: Any) -> tuple[int, list[Any]]:
    """Join one of the networks; return the time [ms] and the outcome."""
    took_ms, outcome = run(bench, folder, f"join({[tuple(n) for n in networks]!r}, **{options!r})")[0]
    return took_ms, outcome


def test_preferred_network_comes_first(bench: Bench, tmp_path: Path) -> None:
    """Join the first of the networks although another is stronger, by DHCP."""
    took_ms, (hint, ssid, address, gateway, dns) = join(bench, tmp_path, DEPOT, STREET)
    assert (hint, ssid) == ("0002bb5e000001", "Depot")
    assert (address[0], gateway, dns) == ("192.168.4.10", "192.168.4.1", "192.168.4.1")
    assert took_ms < 4500  # scan 2.4 s, join 1.6 s


def test_strongest_access_point_is_joined(bench: Bench, tmp_path: Path) -> None:
    """Choose by signal among the access points of one network, and skip networks that are not there."""
    _, (hint, ssid, *_) = join(bench, tmp_path, ["Nirgends", "x"], STREET)
    assert (hint, ssid) == ("0102bb5e000012", "Strasse")
    assert bench.board.wifi.access_point is not None
    assert bench.board.wifi.access_point.bssid == "02bb5e000012"


def test_hint_saves_the_scan(bench: Bench, tmp_path: Path) -> None:
    """Join the access point of last time without a scan."""
    took_ms, outcome = join(bench, tmp_path, DEPOT, STREET, hint="0102bb5e000011")
    assert outcome[:2] == ["0102bb5e000011", "Strasse"]
    assert took_ms < 1800


@pytest.mark.parametrize("hint", ["0102bb5e0000ff", "0502bb5e000001", "00", "0102bb5e00000102"])
def test_useless_hint_costs_little(bench: Bench, tmp_path: Path, hint: str) -> None:
    """Search as usual when the access point is gone or the hint is nonsense."""
    took_ms, outcome = join(bench, tmp_path, DEPOT, STREET, hint=hint)
    assert outcome[:2] == ["0002bb5e000001", "Depot"]
    assert took_ms < 7500


def test_static_address(bench: Bench, tmp_path: Path) -> None:
    """Set address, mask, gateway and name server without DHCP."""
    took_ms, outcome = join(bench, tmp_path, DEPOT, address=("10.7.3.9/20", "10.7.0.1", "9.9.9.9"))
    assert outcome[2:] == [["10.7.3.9", "255.255.240.0"], "10.7.0.1", "9.9.9.9"]
    assert took_ms < 3500


def test_dhcp_returns_after_a_static_address(bench: Bench, tmp_path: Path) -> None:
    """Ask DHCP again when the setting is taken back."""
    program = f"""
join([{tuple(DEPOT)}], ("10.7.3.9/20", "10.7.0.1", "9.9.9.9"))
wifi.off(station)
join([{tuple(DEPOT)}])
"""
    assert run(bench, tmp_path, program)[1][1][2][0] == "192.168.4.10"


def test_no_network_is_found_out_by_the_scan(bench: Bench, tmp_path: Path) -> None:
    """Name the networks that are missing, in the time of a scan."""
    took_ms, (reason, text) = join(bench, tmp_path, ["Nirgends", "x"], ["Fort", "y"])
    assert reason == "network"
    assert "Nirgends, Fort" in text
    assert took_ms < 3000


def test_wrong_password_is_told_apart(bench: Bench, tmp_path: Path) -> None:
    """Name the network that refused, after one try although it has two access points."""
    took_ms, (reason, text) = join(bench, tmp_path, ["Strasse", "falsch-falsch"])
    assert reason == "password"
    assert "Strasse" in text
    assert took_ms < 6000


def test_next_network_helps_after_a_wrong_password(bench: Bench, tmp_path: Path) -> None:
    """Go on with the next network; the failure before must not be taken for its answer."""
    took_ms, outcome = join(bench, tmp_path, ["Strasse", "falsch-falsch"], DEPOT)
    assert outcome[:2] == ["0102bb5e000001", "Depot"]
    assert took_ms < 9000


def test_wrong_password_outweighs_what_else_failed(bench: Bench, tmp_path: Path) -> None:
    """Report what can be mended, not that the other network is out of range."""
    _, (reason, text) = join(bench, tmp_path, ["Strasse", "falsch-falsch"], ["Depot", "auch-falsch"], ["Fort", "y"])
    assert reason == "password"
    assert "Strasse" in text


def test_hidden_network_is_tried(bench: Bench, tmp_path: Path) -> None:
    """Try a network that the scan may show without its name; give no hint, for its access point has no address."""
    bench.network.access_points.append(AccessPoint("Geheim", "12345678", hidden=True, bssid="02bb5e000021"))
    _, outcome = join(bench, tmp_path, ["Geheim", "12345678"])
    assert outcome[:2] == ["", "Geheim"]


def test_network_that_comes_back_is_joined(bench: Bench, tmp_path: Path) -> None:
    """Connect after an outage: status() goes on showing the failure until it knows better."""
    bench.network.fail(Fault(WIFI_DOWN, 0, 10 * S))
    program = f"""
join([{tuple(DEPOT)}], hint="0002bb5e000001")
wifi.off(station)
time.sleep_ms(10_000)
join([{tuple(DEPOT)}], hint="0002bb5e000001")
"""
    (_, failed), (took_ms, joined) = run(bench, tmp_path, program)
    assert failed[0] == "network"
    assert joined[:2] == ["0002bb5e000001", "Depot"]
    assert took_ms < 2000


def test_everything_together_is_bounded(bench: Bench, tmp_path: Path) -> None:
    """Give up within 15 s and a step though one access point after the other lets us wait for an address."""
    program = """
class Stuck:
    trying = False
    def connect(self, name, key, *, bssid):
        assert not self.trying, "esp_wifi: sta is connecting, cannot set config"
        self.trying = True
    def disconnect(self):
        self.trying = False
    def scan(self):
        return [(b"Depot", bytes([number] * 6), 1, -60, 3, False) for number in range(5)]
    def status(self):
        return 1001
    def ignore(self, *args, **kwargs):
        return False
    active = isconnected = config = ipconfig = ignore
station = Stuck()
join([("Depot", "")], hint="00" + "05" * 6)
"""
    took_ms, (reason, _) = run(bench, tmp_path, program)[0]
    assert reason == "timeout"
    assert 14_900 < took_ms < 15_100


def test_order_does_not_depend_on_the_scan(bench: Bench, tmp_path: Path) -> None:
    """Sort by network, then by signal, in whatever order the scan lists them."""
    program = """
found = [(name, bytes([-dbm] * 6), 1, dbm, 3, False) for name, dbm in
    ((b"b", -60), (b"a", -90), (b"other", -10), (b"a", -70), (b"b", -50))]
print(json.dumps([(index, bssid[0]) for index, bssid in wifi._in_range(["a", "b", "c"], found)]))
"""
    assert run(bench, tmp_path, program) == [[[0, 70], [0, 90], [1, 50], [1, 60]]]


def test_connected_station_stays(bench: Bench, tmp_path: Path) -> None:
    """Return the hint at once when there is a connection already."""
    program = f"join([{tuple(DEPOT)}])\njoin([{tuple(STREET)}], hint='0002bb5e000001')"
    _, (took_ms, outcome) = run(bench, tmp_path, program)
    assert outcome[:2] == ["0002bb5e000001", "Depot"]
    assert took_ms < 50


def test_off_switches_the_radio_off(bench: Bench, tmp_path: Path) -> None:
    """Leave nothing on, connected or not, and survive a second call."""
    run(bench, tmp_path, f"join([{tuple(DEPOT)}])\nwifi.off(station)\nwifi.off(station)")
    assert not bench.board.wifi.started
    assert bench.host.currents_ua[-1] == 0
