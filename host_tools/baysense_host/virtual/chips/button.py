"""A push button between a pin and a rail. Open, it lets go of the wire: without a pull the pin floats."""

from baysense_host.virtual.chips.chip import Chip, ChipContext


class Button(Chip):
    """One button. Wires: `out`. active: the level it makes while pressed."""

    def __init__(self, context: ChipContext, active: int = 0) -> None:
        super().__init__(context)
        self._active = active
        self.pressed = False

    def press(self) -> None:
        """Close the contact."""
        self._set(True)

    def release(self) -> None:
        """Open the contact."""
        self._set(False)

    def _set(self, pressed: bool) -> None:
        if pressed != self.pressed:
            self.pressed = pressed
            self.context.log("button", pressed=pressed)
            self.context.drive("out", self._active if pressed else None)
