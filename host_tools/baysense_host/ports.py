"""Serial ports: what is plugged in, and which one a name means."""

from dataclasses import dataclass

from serial.tools.list_ports import comports

from baysense_host.boards import boards_with_usb
from baysense_host.errors import ToolError


@dataclass(frozen=True)
class Port:
    """One port of this computer."""

    device: str
    usb_id: str  # vid:pid in hex, empty if it is not USB
    serial: str  # what the USB chip says: a MAC on native USB, the bridge's own number otherwise
    description: str
    boards: tuple[str, ...]  # that have such a USB chip


class PortAway(ToolError):
    """The port is not there now; a sleeping board's USB port comes back."""


def usb_ports() -> list[Port]:
    """Return the USB serial ports, in order of their names."""
    found = [entry for entry in comports() if entry.vid is not None]
    return [
        Port(
            device=entry.device,
            usb_id=f"{entry.vid:04x}:{entry.pid:04x}",
            serial=entry.serial_number or "",
            description=entry.description or "",
            boards=tuple(boards_with_usb(entry.vid, entry.pid)),
        )
        for entry in sorted(found, key=lambda entry: entry.device)
    ]


def resolve(name: str | None) -> str:
    """Return the path for a path, URL, MAC or serial number; without a name the only board plugged in."""
    if name is None:
        return _only_one()
    if "://" in name or "/" in name or name.upper().startswith("COM"):
        return name
    wanted = _bare(name.removeprefix("id:"))
    matching = [port.device for port in usb_ports() if wanted and _bare(port.serial) == wanted]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise ToolError(f"{name} is plugged in more than once: {', '.join(matching)}.", "Name the port itself.")
    raise PortAway(f"No board with MAC or serial number {name} is plugged in.", "`baysense ports` lists what is.")


def _only_one() -> str:
    ports = [port.device for port in usb_ports()]
    if len(ports) == 1:
        return ports[0]
    if not ports:
        raise PortAway("No board is plugged in.", "Plug one in, or name a port with --port.")
    raise ToolError(f"Several ports are there: {', '.join(ports)}.", "Choose one with --port or BAYSENSE_PORT.")


def _bare(text: str) -> str:
    return text.replace(":", "").replace("-", "").lower()
