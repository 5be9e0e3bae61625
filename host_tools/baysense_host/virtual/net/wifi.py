"""The Wi-Fi station of one board, behaving as ports/esp32/network_wlan.c of MicroPython 1.29 on ESP-IDF 5.

Several habits surprise and are kept: a failed connect is tried again for ever unless `reconnects` is set, so
`status()` goes on saying STAT_CONNECTING for causes other than those it singles out; a wrong password shows
first as reason 15 (4-way handshake time-out), only from the second attempt on as STAT_WRONG_PASSWORD
(MicroPython issue 11625).
"""

import random
from collections.abc import Callable

from baysense_host.virtual.answers import DeviceError, Later
from baysense_host.virtual.net.access_point import AccessPoint
from baysense_host.virtual.net.faults import WIFI_DOWN, Faults
from baysense_host.virtual.net.host import Host
from baysense_host.virtual.net.idf_heap import IdfHeap, OutOfIdfHeap
from baysense_host.virtual.net.radio import RadioCurrents

STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
BEACON_TIMEOUT, NO_AP_FOUND, AUTH_FAIL, CONNECTION_FAIL = 200, 201, 202, 205
ASSOC_LEAVE, HANDSHAKE_TIMEOUT_4WAY, NO_AP_WITH_SECURITY = 8, 15, 210
_ALWAYS_SHOWN = {NO_AP_FOUND, NO_AP_WITH_SECURITY, 211, 212}

WIFI_BYTES = 45 * 1024  # esp_wifi_init: static buffers and tasks; measured by users as 40–50 KiB [assumed]
# WLAN.active(True): log in MicroPython pull request 4842, phy at 370 ms, STA_START at 380 ms
_START_US = 10_000
# Active scan 120 ms a channel (1–11), passive 360 ms (12–14): ESP-IDF Wi-Fi guide; the same log shows 2.42 s.
_CHANNEL_US = 120_000
_FULL_SCAN_US = 11 * 120_000 + 3 * 360_000
_ASSOCIATE_US = 50_000  # the same log: auth at 3610 ms, connected at 3660 ms
# 1.6 s with DHCP, 0.774 s with a static address (ESPNowvsWifiEnergyUsage): with the scan up to channel 6 and
# the association the sums are 1.60 s and 0.77 s.
_DHCP_US = 830_000
_HANDSHAKE_US = 2_400_000  # issue 11625: 2.41 s from reason 15 to reason 205
_BEACON_TIMEOUT_US = 6_000_000  # esp_wifi_set_inactive_time, default of ESP-IDF


class Wifi:
    """One station: started, connecting, connected, and why not."""

    def __init__(
        self,
        host: Host,
        board: str,
        mac: str,
        access_points: list[AccessPoint],
        faults: Faults,
        heap: IdfHeap,
        currents: RadioCurrents,
        seed: int,
    ) -> None:
        self._host, self._board, self.mac = host, board, mac
        self._access_points, self._faults = access_points, faults
        self._heap, self._currents = heap, currents
        self._random = random.Random(f"wifi {seed} {mac}")
        self.on_link_lost: Callable[[], None] = lambda: None
        self._tokens: dict[str, object] = {}
        self._clear()
        for name in ("init", "active", "connect", "disconnect", "status", "rssi", "isconnected", "scan"):
            host.register(f"wifi.{name}", getattr(self, f"_{name}"))

    def _clear(self) -> None:
        self.initialised = self.started = self.connected = False
        self._requested = self._connecting = self._refused = False
        self._reason = self._attempts = 0
        self.reconnects_limit = 0  # 0 = for ever, else 1 + what config(reconnects=) was given
        self.ssid = self._key = ""
        self._bssid: str | None = None
        self.access_point: AccessPoint | None = None
        self.static: tuple[str, str, str, str] | None = None
        self.settings: dict[str, int | float] = {"txpower": 20.0, "pm": 1, "protocol": 7}

    def reset(self) -> None:
        """Forget everything: the chip restarted."""
        for what in list(self._tokens):
            self._cancel(what)
        if self.initialised:
            self._heap.give("wifi")
            self._charge(0.0)
        self._clear()

    def drop(self, reason: int = BEACON_TIMEOUT) -> None:
        """Lose the access point now; the station tries again by itself."""
        if self.connected:
            self._disconnected(reason)

    def faults_changed(self) -> None:
        """Look again when the next outage begins."""
        self._cancel("outage")
        if self.connected:
            start_us = self._faults.next_start_us(WIFI_DOWN, self._host.now_us(), self._board)
            if start_us is not None:
                self._schedule("outage", start_us + _BEACON_TIMEOUT_US, self._beacons_missing)

    def transmit(self, count: int) -> None:
        """Be on the air for a segment with so many bytes."""
        # 802.11g at 6 Mbit/s: preamble and MAC/IP/TCP headers some 150 µs, then 8 bit a byte [assumed rate].
        air_us = 150 + count * 8 // 6
        self._charge(self._currents.transmit_ua)
        self._schedule("transmit", self._host.now_us() + air_us, self._settle_radio)

    def require_started(self) -> None:
        """Raise as esp_wifi does before active(True)."""
        if not self.started:
            raise DeviceError("OSError", "Wifi Not Started")

    def _init(self) -> None:
        if self.initialised:
            return
        try:
            self._heap.take("wifi", WIFI_BYTES)
        except OutOfIdfHeap as error:
            raise DeviceError("OSError", "WiFi Out of Memory") from error
        self.initialised = True

    def _active(self, on: bool | None) -> bool | Later:
        if on is None or on == self.started:
            return self.started
        self._host.log("wifi", event="active" if on else "inactive")
        if not on:
            self._stop()
            return False
        self.started, self._attempts = True, 0
        self._settle_radio()
        return Later(self._host.now_us() + _START_US, lambda: True)

    def _stop(self) -> None:
        self._requested = self._connecting = False
        self._cancel("attempt")
        if self.connected:
            self._disconnected(ASSOC_LEAVE)
        self.started = False
        self._settle_radio()

    def _connect(self, ssid: str | None, key: str | None, bssid: str | None) -> None:
        self.require_started()
        if self._connecting:
            raise DeviceError("OSError", "Wifi Internal State Error")  # "sta is connecting, cannot set config"
        if ssid is not None:
            self.ssid, self._key, self._bssid = ssid[:32], key or "", bssid
        if not self.ssid:
            raise DeviceError("OSError", "Wifi SSID Invalid")
        if self.connected:
            self._requested = False
            self._disconnected(ASSOC_LEAVE)
        self._attempts, self._requested, self._refused = 0, True, False
        self._try()

    def _try(self) -> None:
        now_us = self._host.now_us()
        self._connecting = True
        self._host.log("wifi", event="connecting", ssid=self.ssid)
        self._settle_radio()
        found = self._find()
        if found is None:
            self._schedule("attempt", now_us + _FULL_SCAN_US, lambda: self._disconnected(NO_AP_FOUND))
        elif found.password and not self._key:
            self._schedule("attempt", now_us + _FULL_SCAN_US, lambda: self._disconnected(NO_AP_WITH_SECURITY))
        elif found.password and found.password != self._key:
            reason = CONNECTION_FAIL if self._refused else HANDSHAKE_TIMEOUT_4WAY
            self._refused = True
            self._schedule("attempt", now_us + _HANDSHAKE_US, lambda: self._disconnected(reason))
        else:
            self._schedule("attempt", now_us + self._join_us(found), lambda: self._got_ip(found))

    def _join_us(self, found: AccessPoint) -> int:
        dhcp_us = 0 if self.static else int(_DHCP_US * self._random.uniform(0.9, 1.1))
        return found.channel * _CHANNEL_US + _ASSOCIATE_US + dhcp_us

    def _find(self) -> AccessPoint | None:
        if self._faults.active(WIFI_DOWN, self._host.now_us(), self._board):
            return None
        matching = [ap for ap in self._access_points if ap.ssid == self.ssid and self._bssid in (None, ap.bssid)]
        # WIFI_FAST_SCAN, which MicroPython leaves set: the first that is found, not the strongest of all.
        return min(matching, key=lambda ap: (ap.channel, -ap.rssi_dbm), default=None)

    def _got_ip(self, found: AccessPoint) -> None:
        if self._find() is None:
            self._disconnected(NO_AP_FOUND)
            return
        self.access_point = found
        self.connected, self._connecting, self._reason = True, False, 0
        self._host.log("wifi", event="got_ip", address=self.address())
        self._settle_radio()
        self.faults_changed()
        self._host.poke()

    def _disconnected(self, reason: int) -> None:
        was_connected = self.connected
        self.connected = self._connecting = False
        self.access_point, self._reason = None, reason
        self._cancel("outage")
        self._host.log("wifi", event="disconnected", reason=reason)
        if was_connected:
            self.on_link_lost()
        self._settle_radio()
        self._host.poke()
        if self._requested:
            self._try_again()

    def _try_again(self) -> None:
        if self.reconnects_limit:
            self._attempts += 1
            if self._attempts >= self.reconnects_limit:
                return
        self._try()

    def _beacons_missing(self) -> None:
        start_us = self._host.now_us() - _BEACON_TIMEOUT_US
        end_us = self._faults.silent_until_us(start_us, self._board)
        if end_us is not None and end_us >= self._host.now_us():
            self._disconnected(BEACON_TIMEOUT)
        else:
            self.faults_changed()

    def _disconnect(self) -> None:
        self.require_started()
        self._requested = False
        self._cancel("attempt")
        if self.connected or self._connecting:
            self._disconnected(ASSOC_LEAVE)

    def _isconnected(self) -> bool:
        return self.connected

    def _status(self) -> int:
        if self.connected:
            return STAT_GOT_IP
        if self._reason in _ALWAYS_SHOWN:
            return self._reason
        if self._reason in (AUTH_FAIL, CONNECTION_FAIL):
            return AUTH_FAIL
        if self._reason == ASSOC_LEAVE:
            return STAT_IDLE
        if self._requested and (not self.reconnects_limit or self._attempts < self.reconnects_limit):
            return STAT_CONNECTING
        return self._reason or STAT_IDLE

    def _rssi(self) -> int:
        if self.access_point is None:
            raise DeviceError("OSError", "Wifi Not Connected")
        return self.access_point.rssi_dbm

    def _scan(self) -> Later:
        if not self.started:
            raise DeviceError("OSError", "STA must be active")
        self._charge(self._currents.receive_ua)
        return Later(self._host.now_us() + _FULL_SCAN_US, self._scanned)

    def _scanned(self) -> list[list[object]]:
        self._settle_radio()
        if self._faults.active(WIFI_DOWN, self._host.now_us(), self._board):
            return []
        ordered = sorted(self._access_points, key=lambda ap: -ap.rssi_dbm)
        return [["" if ap.hidden else ap.ssid, ap.bssid, ap.channel, ap.rssi_dbm, ap.security] for ap in ordered]

    def address(self) -> str:
        """Return the station's IPv4 address, 0.0.0.0 without one."""
        if self.static is not None:
            return self.static[0]
        return self.access_point.lease(self.mac) if self.access_point is not None else "0.0.0.0"

    @property
    def routed(self) -> bool:
        """Say whether packets find their way: not so with a static address of another network."""
        if self.access_point is None:
            return False
        if self.static is None:
            return True
        address, _, gateway, _ = self.static
        return address.startswith(f"{self.access_point.subnet}.") and gateway == f"{self.access_point.subnet}.1"

    def _settle_radio(self) -> None:
        if self.connected:
            self._charge(self._currents.associated_ua)
        else:
            self._charge(self._currents.receive_ua if self._connecting else 0.0)

    def _charge(self, current_ua: float) -> None:
        self._host.charge("wifi", current_ua)

    def _schedule(self, what: str, t_us: int, action: Callable[[], None]) -> None:
        self._cancel(what)
        self._tokens[what] = self._host.at(t_us, action)

    def _cancel(self, what: str) -> None:
        token = self._tokens.pop(what, None)
        if token is not None:
            self._host.cancel(token)
