"""Wi-Fi station: connect within a bound, say why not, switch off."""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from network import WLAN

CONNECT_MS = 15_000
_STEP_MS = 100

# network.STAT_* of ports/esp32; the module itself comes with the station object. 15: the four-way handshake timed
# out, what a wrong password looks like after config(reconnects=0).
_GOT_IP = 1010
_NO_NETWORK = (201, 210, 211, 212)
_REFUSED = (15, 202, 204, 205)


class WifiError(OSError):
    """No connection; `reason` is "network" (not found) or "password" (refused) or "timeout"."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def connect(station: "WLAN", ssid: str, password: str, timeout_ms: int = CONNECT_MS) -> None:
    """Connect to a network; raise WifiError within the bound [ms]."""
    station.active(True)
    if station.isconnected():
        return
    station.config(reconnects=0)  # by default the ESP32 tries for ever and never says why
    station.connect(ssid, password or None)
    begun = time.ticks_ms()
    while True:
        status = station.status()
        if status == _GOT_IP:
            return
        if status in _NO_NETWORK:
            raise WifiError("network", f"Wi-Fi network {ssid} not found")
        if status in _REFUSED:
            raise WifiError("password", f"Wi-Fi network {ssid} refused the password")
        if time.ticks_diff(time.ticks_ms(), begun) > timeout_ms:
            raise WifiError("timeout", f"Wi-Fi network {ssid} did not answer")
        time.sleep_ms(_STEP_MS)


def off(station: "WLAN") -> None:
    """Disconnect and switch the radio off."""
    if station.active():
        try:
            if station.isconnected():
                station.disconnect()
        except OSError as error:  # lost meanwhile: what was sent and acknowledged stays so
            print("Wi-Fi:", error)
        station.active(False)
