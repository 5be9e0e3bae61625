"""Which port a name means; only the operating system's list of ports is made up."""

from collections.abc import Callable

import pytest
from serial.tools.list_ports_common import ListPortInfo

from baysense_host import ports
from baysense_host.errors import ToolError

Plug = Callable[..., None]


def plugged(device: str, vid: int | None, pid: int | None, number: str | None) -> ListPortInfo:
    info = ListPortInfo(device, skip_link_detection=True)
    info.vid, info.pid, info.serial_number, info.description = vid, pid, number, "a port"
    return info


NATIVE = plugged("/dev/ttyACM0", 0x303A, 0x1001, "F4:12:FA:00:11:22")
BRIDGE = plugged("/dev/ttyUSB0", 0x10C4, 0xEA60, "0001")
TWIN = plugged("/dev/ttyUSB1", 0x10C4, 0xEA60, "0001")  # cheap bridges share one number
BUILT_IN = plugged("/dev/ttyS0", None, None, None)


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Plug:
    return lambda *infos: monkeypatch.setattr(ports, "comports", lambda: list(infos))


def test_lists_usb_ports_with_the_boards_they_could_be(plug: Plug) -> None:
    plug(BRIDGE, BUILT_IN, NATIVE)
    native, bridge = ports.usb_ports()
    assert (native.device, native.usb_id, native.serial) == ("/dev/ttyACM0", "303a:1001", "F4:12:FA:00:11:22")
    assert native.boards == ("SEEED_XIAO_ESP32C3",)
    assert bridge.boards == ("ESPRESSIF_ESP32_DEVKITC", "HELTEC_WIFI_LORA_32_V3")


@pytest.mark.parametrize("name", ["F4:12:FA:00:11:22", "f412fa001122", "f4-12-fa-00-11-22", "id:F412FA001122"])
def test_board_is_found_by_mac_however_it_is_written(plug: Plug, name: str) -> None:
    plug(BRIDGE, NATIVE)
    assert ports.resolve(name) == "/dev/ttyACM0"


@pytest.mark.parametrize("name", ["/dev/ttyUSB9", "socket://lab:4000", "rfc2217://lab:4000", "COM3", "./link"])
def test_paths_and_urls_mean_themselves(plug: Plug, name: str) -> None:
    plug()
    assert ports.resolve(name) == name


def test_without_a_name_the_only_board_is_meant(plug: Plug) -> None:
    plug(NATIVE, BUILT_IN)
    assert ports.resolve(None) == "/dev/ttyACM0"


def test_absent_boards_may_come_back_but_doubt_is_final(plug: Plug) -> None:
    plug(NATIVE)
    with pytest.raises(ports.PortAway, match="No board with MAC or serial number 0002"):
        ports.resolve("0002")
    plug()
    with pytest.raises(ports.PortAway, match="No board is plugged in"):
        ports.resolve(None)
    plug(BRIDGE, TWIN)
    for name in ("0001", None):
        with pytest.raises(ToolError, match="/dev/ttyUSB0, /dev/ttyUSB1") as caught:
            ports.resolve(name)
        assert not isinstance(caught.value, ports.PortAway)
