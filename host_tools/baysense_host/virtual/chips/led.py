"""A lamp on a pin."""

from baysense_host.virtual.chips.chip import Chip, ChipContext

_CURRENT_UA = 1_300.0  # assumed: 3.3 V minus 2.0 V over 1 kΩ


class Led(Chip):
    """One LED; every change goes into the event log. Wires: `in`. active: the level that lights it."""

    current_source = "assumed: 3.3 V minus 2.0 V over 1 kΩ"

    def __init__(self, context: ChipContext, active: int = 1) -> None:
        super().__init__(context)
        self._active = active
        self.lit = False

    def pin(self, role: str, level: int | None) -> None:
        """Take the level of `in`; a floating pin leaves it dark."""
        lit = role == "in" and level == self._active
        if lit != self.lit:
            self.lit = lit
            self.context.draw(_CURRENT_UA if lit else 0.0)
            self.context.log("led", on=lit)
