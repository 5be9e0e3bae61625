"""The library that encodes and decodes LoRaWAN frames on the host; it stays optional."""

from baysense_host.errors import ToolError

try:
    from pamoja import _native as native
except ImportError as err:
    raise ToolError("LoRaWAN needs pamoja-native", "install it: pip install 'baysense[lorawan]'") from err

PamojaError: type[Exception] = native.PamojaError  # type: ignore[attr-defined]  # its stubs leave it out

__all__ = ["PamojaError", "native"]
