"""What the air needs of whoever listens."""

from typing import Protocol

from baysense_host.virtual.air.emission import Emission, Reception
from baysense_host.virtual.air.sensitivity import Table


class Receiver(Protocol):
    """A gateway, or the modem of a board's radio."""

    name: str
    sensitivity: Table

    def hears(self, emission: Emission) -> bool:
        """Tell whether it is tuned to the frame and free to take it."""

    def locked(self, emission: Emission) -> None:
        """Take note that the frame's preamble was recognised."""

    def heard(self, reception: Reception) -> None:
        """Take a frame at its end."""
