"""A Wi-Fi network a board can see."""

from dataclasses import dataclass, field

SEC_OPEN = 0
SEC_WPA2 = 3


@dataclass
class AccessPoint:
    """One access point with a DHCP server; an empty password means an open network."""

    ssid: str
    password: str = ""
    rssi_dbm: int = -60
    channel: int = 6
    bssid: str = "02bb5e000001"
    hidden: bool = False
    subnet: str = "192.168.4"  # the access point is .1, also gateway and name server
    leases: dict[str, int] = field(default_factory=dict)

    @property
    def security(self) -> int:
        """The security as `scan` shows it."""
        return SEC_WPA2 if self.password else SEC_OPEN

    def lease(self, mac: str) -> str:
        """Return the address of a station, the same one each time."""
        number = self.leases.setdefault(mac, 10 + len(self.leases))
        return f"{self.subnet}.{number}"
