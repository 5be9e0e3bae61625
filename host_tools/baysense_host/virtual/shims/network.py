"""The ESP32's `network` module, station mode only; the station itself lives in the supervisor."""

import binascii

import vb_link

STA_IF = 0
AP_IF = 1
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_BEACON_TIMEOUT = 200
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_ASSOC_FAIL = 203
STAT_CONNECT_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204
STAT_NO_AP_FOUND_W_COMPATIBLE_SECURITY = 210
STAT_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD = 211
STAT_NO_AP_FOUND_IN_RSSI_THRESHOLD = 212
AUTH_OPEN = 0
AUTH_WEP = 1
AUTH_WPA_PSK = 2
AUTH_WPA2_PSK = 3
AUTH_WPA_WPA2_PSK = 4
AUTH_WPA2_ENTERPRISE = 5
AUTH_WPA3_PSK = 6
AUTH_WPA2_WPA3_PSK = 7
AUTH_WAPI_PSK = 8
AUTH_OWE = 9
MODE_11B = 1
MODE_11G = 2
MODE_11N = 4

_names = {"hostname": "mpy-esp32", "country": "XX"}


def hostname(name=None):
    """Return or set the name shown to DHCP servers."""
    if name is None:
        return _names["hostname"]
    if len(name) > 32:
        raise ValueError
    _names["hostname"] = name


def country(code=None):
    """Return or set the two-letter country code."""
    if code is None:
        return _names["country"]
    if len(code) != 2:
        raise ValueError
    _names["country"] = code.upper()


def ipconfig(*args, **kwargs):
    """Return or set settings of all interfaces; only `dns` is known here."""
    station = WLAN(STA_IF)
    if kwargs:
        if tuple(kwargs) != ("dns",):
            raise ValueError("unexpected key")
        vb_link.call("wifi.set_dns", kwargs["dns"])
    elif args == ("dns",):
        return station.ifconfig()[3]
    else:
        raise ValueError("unexpected key")


class WLAN:
    """The station interface; every call returns the one instance, as on the chip."""

    IF_STA = 0
    IF_AP = 1
    SEC_OPEN = 0
    SEC_WEP = 1
    SEC_WPA = 2
    SEC_WPA2 = 3
    SEC_WPA_WPA2 = 4
    SEC_WPA2_ENT = 5
    SEC_WPA3 = 6
    SEC_WPA2_WPA3 = 7
    SEC_WAPI = 8
    SEC_OWE = 9
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2
    _station = None

    def __new__(cls, interface=STA_IF):
        """Return the station; raise OSError when Wi-Fi finds no memory."""
        if interface == AP_IF:
            raise NotImplementedError("the virtual board has no access point mode")
        if interface != STA_IF:
            raise ValueError("invalid WLAN interface identifier")
        vb_link.call("wifi.init")
        if cls._station is None:
            cls._station = object.__new__(cls)
        return cls._station

    def active(self, on=None):
        """Return whether the station is on, after switching it when asked to."""
        return vb_link.call("wifi.active", None if on is None else bool(on))

    def connect(self, ssid=None, key=None, *, bssid=None):
        """Begin to connect; `status` and `isconnected` say how it goes."""
        if bssid is not None:
            if len(bssid) != 6:
                raise ValueError
            bssid = binascii.hexlify(bssid).decode()
        vb_link.call("wifi.connect", _text(ssid), _text(key), bssid)

    def disconnect(self):
        """Leave the network and do not come back by itself."""
        vb_link.call("wifi.disconnect")

    def isconnected(self):
        """Return whether there is a network and an address."""
        return vb_link.call("wifi.isconnected")

    def status(self, param=None):
        """Return the state of the connection, or the signal strength [dBm] for "rssi"."""
        if param is None:
            return vb_link.call("wifi.status")
        if param == "rssi":
            return vb_link.call("wifi.rssi")
        if param == "stations":
            raise OSError("AP required")
        raise ValueError("unknown status param")

    def scan(self):
        """Return what is on the air as (ssid, bssid, channel, dBm, security, hidden)."""
        return [
            (ssid.encode(), binascii.unhexlify(bssid), channel, rssi, security, False)
            for ssid, bssid, channel, rssi, security in vb_link.call("wifi.scan")
        ]

    def config(self, *args, **kwargs):
        """Return one setting or set several."""
        if args and kwargs:
            raise TypeError("either pos or kw args are allowed")
        if kwargs:
            for name, value in kwargs.items():
                if name in ("hostname", "dhcp_hostname"):
                    hostname(value)
                else:
                    vb_link.call("wifi.configure", name, value)
            return None
        if len(args) != 1:
            raise TypeError("can query only one param")
        if args[0] in ("hostname", "dhcp_hostname"):
            return hostname()
        value = vb_link.call("wifi.config", args[0])
        return binascii.unhexlify(value) if args[0] == "mac" else value

    def ifconfig(self, addresses=None):
        """Return or set address, netmask, gateway and name server; "dhcp" asks the network for them."""
        if addresses is None:
            return tuple(vb_link.call("wifi.ifconfig"))
        if isinstance(addresses, str):
            if addresses != "dhcp":
                raise ValueError("invalid arguments")
            vb_link.call("wifi.set_ifconfig", None)
            return None
        address, mask, gateway, dns = addresses
        vb_link.call("wifi.set_ifconfig", [address, _mask(mask), gateway, dns])

    def ipconfig(self, *args, **kwargs):
        """Return or set `addr4`, `gw4` and `dhcp4`."""
        address, mask, gateway, dns = vb_link.call("wifi.ifconfig")
        if not kwargs:
            known = {"addr4": (address, mask), "gw4": gateway, "has_dhcp4": address != "0.0.0.0"}
            if len(args) != 1 or args[0] not in known:
                raise ValueError("unexpected key")
            return known[args[0]]
        if kwargs.get("dhcp4"):
            vb_link.call("wifi.set_ifconfig", None)
            return None
        if "addr4" in kwargs:
            address, mask = _interface(kwargs["addr4"])
        vb_link.call("wifi.set_ifconfig", [address, mask, kwargs.get("gw4", gateway), dns])


def _text(value):
    return value.decode() if isinstance(value, (bytes, bytearray)) else value


def _mask(mask):
    if not isinstance(mask, int):
        return mask
    bits = (0xFFFFFFFF << (32 - mask)) & 0xFFFFFFFF
    return ".".join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))


def _interface(value):
    if isinstance(value, str):
        address, _, bits = value.partition("/")
        return address, _mask(int(bits or "24"))
    return value
