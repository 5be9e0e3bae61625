"""`baysense ports`: what is plugged in."""

from dataclasses import asdict

import rich_click as click

from baysense_host.cli.output import emit, json_option, notes, print_table


@click.command()
@json_option
def ports(as_json: bool) -> None:
    """List the USB serial ports, with the boards each could be."""
    from baysense_host.ports import usb_ports

    found = usb_ports()
    if as_json:
        emit([asdict(port) for port in found])
        return
    if not found:
        notes().print("No USB serial port is there. A board in deep sleep with native USB is away until it wakes.")
        return
    heads = ("port", "USB id", "MAC or serial number", "description", "could be")
    rows = [[p.device, p.usb_id, p.serial, p.description, ", ".join(p.boards) or "unknown"] for p in found]
    print_table(heads, rows)
