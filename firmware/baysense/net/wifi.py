"""Wi-Fi station: connect to one of several networks within a bound, say why not, switch off."""

import time

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from _mpy_shed.time_mp import _TicksMs
    from network import WLAN

    Networks = list[tuple[str, str]]  # name and password, preferred one first

CONNECT_MS = 15_000  # everything
_JOIN_MS = const(8_000)  # one access point: 1.6 s when all is well, the rest is for a slow DHCP server
# The access point of last time: 13 channels of 120 ms, association and DHCP are 2.4 s; so long it also takes to
# find out that it is gone.
_AGAIN_MS = const(3_000)
_STEP_MS = const(50)
# status() of the ESP32 shows the failure before until it knows better: a wrong password takes 2.4 s, so does an
# access point that is gone.
_STALE_MS = const(4_000)

# network.STAT_* of ports/esp32; the module itself comes with the station object. Below 1000 stands ESP-IDF's reason
# of a failure. 15: the four-way handshake timed out, what a wrong password looks like after config(reconnects=0).
_GOT_IP = const(1010)
_FAILED_BELOW = const(1000)
_NO_NETWORK = (201, 210, 211, 212)
_REFUSED = (15, 202, 204, 205)


class WifiError(OSError):
    """No connection; `reason` is "network" (not found) or "password" (refused) or "timeout"."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def connect(station: "WLAN", networks: "Networks", address: "tuple[str, str, str] | None", hint: bytes) -> bytes:
    """Connect to the first of the networks that is there; raise WifiError within CONNECT_MS.

    Args:
        station: The interface; switched on, and left on.
        networks: Names and passwords, the preferred one first.
        address: "192.0.2.10/24", gateway and name server; None asks DHCP.
        hint: What this function returned last time, b"" if nobody knows: network and access point, tried without
            a scan.

    Returns:
        The hint for next time.
    """
    end_ms = time.ticks_add(time.ticks_ms(), CONNECT_MS)
    station.active(True)
    if station.isconnected():
        return hint
    station.config(reconnects=0)  # by default the ESP32 tries for ever and never says why
    _configure(station, address)
    if len(hint) == 7 and hint[0] < len(networks):
        again_ms = time.ticks_add(time.ticks_ms(), _AGAIN_MS)
        if _join(station, networks[hint[0]], hint[1:], again_ms) is None:
            return hint
    return _search(station, networks, end_ms)


def off(station: "WLAN") -> None:
    """Disconnect and switch the radio off."""
    if station.active():
        try:
            if station.isconnected():
                station.disconnect()
        except OSError as error:  # lost meanwhile: what was sent and acknowledged stays so
            print("Wi-Fi:", error)
        station.active(False)


def _configure(station: "WLAN", address: "tuple[str, str, str] | None") -> None:
    if address is None:
        station.ipconfig(dhcp4=True)
        return
    import network

    ip, _, bits = address[0].partition("/")
    mask = ".".join([str(0xFF00 >> min(max(int(bits) - at, 0), 8) & 0xFF) for at in (0, 8, 16, 24)])
    station.ipconfig(addr4=(ip, mask), gw4=address[1])
    network.ipconfig(dns=address[2])


def _search(station: "WLAN", networks: "Networks", end_ms: "_TicksMs") -> bytes:
    """Scan and join what is known and in range: the preferred network, its strongest access point first."""
    names = [name for name, _ in networks]
    error = WifiError("network", "Wi-Fi: none of the networks is in range: " + ", ".join(names))
    refused = -1
    for index, bssid in _in_range(names, station.scan()):
        join_ms = time.ticks_add(time.ticks_ms(), _JOIN_MS)
        if time.ticks_diff(join_ms, end_ms) > 0:
            join_ms = end_ms
        if index == refused or time.ticks_diff(join_ms, time.ticks_ms()) <= 0:
            continue
        failure = _join(station, networks[index], bssid, join_ms)
        if failure is None:
            return bytes([index]) + bssid if bssid else b""
        if failure.reason == "password":
            refused = index
        if error.reason != "password":
            error = failure
    raise error


def _in_range(names: list, found: list) -> list:
    """Return (index of the network, BSSID) in the order to try; BSSID None for one that may hide its name."""
    found.sort(key=lambda ap: -ap[3])
    known = [(index, ap[1]) for index, name in enumerate(names) for ap in found if ap[0] == name.encode()]
    if any([not ap[0] for ap in found]):
        seen = [index for index, _ in known]
        known += [(index, None) for index in range(len(names)) if index not in seen]
    return known


def _join(
    station: "WLAN", network: "tuple[str, str]", bssid: "bytes | None", end_ms: "_TicksMs"
) -> "WifiError | None":
    """Join an access point; return why not."""
    name, password = network
    stale, begun_ms = station.status(), time.ticks_ms()
    station.connect(name, password or None, bssid=bssid)
    while True:
        time.sleep_ms(_STEP_MS)
        status, now_ms = station.status(), time.ticks_ms()
        if status == _GOT_IP:
            return None
        if status == stale and time.ticks_diff(now_ms, begun_ms) < _STALE_MS:
            status = _FAILED_BELOW
        if status < _FAILED_BELOW or time.ticks_diff(now_ms, end_ms) >= 0:
            station.disconnect()
            return _failure(name, status)


def _failure(name: str, status: int) -> WifiError:
    if status in _NO_NETWORK:
        return WifiError("network", f"Wi-Fi network {name} not found")
    if status in _REFUSED:
        return WifiError("password", f"Wi-Fi network {name} refused the password")
    return WifiError("timeout", f"Wi-Fi network {name} did not let us in (status {status})")
