"""Open the magnetometer that the board names."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from contract import Magnetometer

# name in board.MAGNETOMETER -> its class
_DRIVERS = {"iis2mdc": "IIS2MDC", "qmc5883l": "QMC5883L"}


def open_sensor(node: "Node") -> "Magnetometer":
    """Return the magnetometer, configured; raise OSError when it does not answer."""
    board = node.board
    name = board.MAGNETOMETER
    module = __import__("baysense.drivers." + name, None, None, (name,))
    sensor: Magnetometer = getattr(module, _DRIVERS[name])(board.field_bus(), board.MAGNETOMETER_ADDRESS)
    if not sensor.start() and node.cause in ("timer", "deviation"):
        from baysense.core import faults

        node.fault(faults.SENSOR_RESET)  # browned out alone: it would have been deaf for ever
    return sensor
