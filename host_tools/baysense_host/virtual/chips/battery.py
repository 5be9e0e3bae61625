"""Battery voltage on a divider in front of an ADC pin. The power model of the board sets `mv`."""

from baysense_host.virtual.chips.chip import Chip, ChipContext


class Battery(Chip):
    """The measuring divider. Wires: `out` (to the ADC), `enable` (switches the divider to the battery).

    divider: upper and lower resistor [kΩ]. enable_level: the level that connects it, None = always connected.
    """

    current_source = "cell voltage over the divider's resistors"

    def __init__(self, context: ChipContext, divider: tuple[int, int], enable_level: int | None = None) -> None:
        super().__init__(context)
        self.mv = 0
        self._upper_kohm, self._lower_kohm = divider
        self._enable_level = enable_level
        self._connected = enable_level is None

    def power(self, on: bool) -> None:
        """Switch the supply."""
        super().power(on)
        self._draw()

    def pin(self, role: str, level: int | None) -> None:
        """Take the level of `enable`; a floating one leaves the divider off."""
        if role == "enable" and self._enable_level is not None:
            self._connected = level == self._enable_level
            self._draw()

    def analog_mv(self) -> int:
        """Return the divided voltage, 0 while disconnected (the lower resistor pulls down) [mV]."""
        if not self._connected:
            return 0
        return self.mv * self._lower_kohm // (self._upper_kohm + self._lower_kohm)

    def _draw(self) -> None:
        current_ua = self.mv / (self._upper_kohm + self._lower_kohm)  # mV / kΩ = µA
        self.context.draw(current_ua if self._connected and self.powered else 0.0)
