"""Open the LoRa radio that the board names."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from contract import Board, Radio

# name in board.RADIO -> its class
_DRIVERS = {"sx126x": "SX126x", "sx127x": "SX127x"}
_ENODEV = const(19)


def open_radio(board: "Board") -> "Radio":
    """Return the radio, ready; raise OSError with ENODEV, ETIMEDOUT or EIO when it is not."""
    name = board.RADIO
    if name is None:
        raise OSError(_ENODEV, "this board has no LoRa radio")
    module = __import__("baysense.drivers." + name, None, None, (name,))
    radio: Radio = getattr(module, _DRIVERS[name])(board.radio_bus(), *board.radio_pins(), board.RADIO_FACTS)
    radio.start()
    return radio
