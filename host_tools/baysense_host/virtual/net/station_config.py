"""WLAN.config and WLAN.ifconfig of a station."""

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.net.host import Host
from baysense_host.virtual.net.wifi import Wifi

_AP_ONLY = {"hidden", "security", "authmode", "key", "password", "max_clients"}
_MASK = "255.255.255.0"


class StationConfig:
    """Read and write a station's settings as ports/esp32/network_wlan.c does."""

    def __init__(self, wifi: Wifi, host: Host) -> None:
        self._wifi = wifi
        host.register("wifi.config", self.read)
        host.register("wifi.configure", self.write)
        host.register("wifi.ifconfig", self.addresses)
        host.register("wifi.set_ifconfig", self.set_addresses)
        host.register("wifi.set_dns", self.set_name_server)

    def read(self, name: str) -> int | float | str:
        """Return one setting; the MAC address as hex."""
        if name == "mac":
            return self._wifi.mac
        if name in ("ssid", "essid"):
            return self._wifi.ssid
        if name == "reconnects":
            return self._wifi.reconnects_limit - 1
        if name == "channel":
            self._wifi.require_started()
            return self._wifi.access_point.channel if self._wifi.access_point is not None else 1
        if name in self._wifi.settings:
            return self._wifi.settings[name]
        raise _refusal(name)

    def write(self, name: str, value: int | float) -> None:
        """Set one setting."""
        if name == "reconnects":
            self._wifi.reconnects_limit = 0 if value == -1 else int(value) + 1
        elif name in self._wifi.settings:
            self._wifi.require_started()
            self._wifi.settings[name] = value
        else:
            raise _refusal(name)

    def addresses(self) -> list[str]:
        """Return address, netmask, gateway and name server."""
        wifi = self._wifi
        if wifi.static is not None:
            return list(wifi.static)
        if wifi.access_point is None:
            return ["0.0.0.0"] * 4
        gateway = f"{wifi.access_point.subnet}.1"
        return [wifi.address(), _MASK, gateway, gateway]

    def set_addresses(self, addresses: list[str] | None) -> None:
        """Set a static address, netmask, gateway and name server; None means DHCP."""
        if addresses is None:
            self._wifi.static = None
            return
        address, mask, gateway, name_server = addresses
        self._wifi.static = (address, mask, gateway, name_server)

    def set_name_server(self, address: str) -> None:
        """Set the name server; with DHCP nothing depends on it, as all names are known here."""
        if self._wifi.static is not None:
            self._wifi.static = (*self._wifi.static[:3], address)


def _refusal(name: str) -> DeviceError:
    if name in _AP_ONLY:
        return DeviceError("OSError", "AP required")
    return DeviceError("ValueError", "unknown config param")
