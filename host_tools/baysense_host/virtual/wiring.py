"""Build a board's parts from `board.json` and connect them to the pins, buses and rails it names."""

from collections.abc import Callable
from typing import Any

from baysense_host.errors import ToolError
from baysense_host.virtual.air import Air
from baysense_host.virtual.chips import CHIPS
from baysense_host.virtual.chips.chip import Chip, I2cChip, SpiChip, UartChip
from baysense_host.virtual.clock import Clock, Token
from baysense_host.virtual.ledger import Ledger
from baysense_host.virtual.peripherals.adc import Adc
from baysense_host.virtual.peripherals.gpio import Gpio
from baysense_host.virtual.peripherals.i2c import I2c
from baysense_host.virtual.peripherals.spi import Spi
from baysense_host.virtual.peripherals.uart import Uart
from baysense_host.virtual.world.environment import Environment

Part = dict[str, Any]

_ARGUMENTS = ("address", "divider", "enable_level", "active", "tcxo_mv", "dio2_switch", "pa_boost")


class Context:
    """One chip's view of the board: its pins, its supply, its surroundings."""

    def __init__(
        self,
        name: str,
        part: Part,
        clock: Clock,
        ledger: Ledger,
        gpio: Gpio,
        uart: Uart,
        environment: Environment,
        seed: int,
        log: Callable[..., None],
        board: str,
        air: Air | None,
    ) -> None:
        self._part_name = name
        self._part = part
        self._clock = clock
        self._ledger = ledger
        self._gpio = gpio
        self._uart = uart
        self._log = log
        self.environment = environment
        self.seed = seed
        self.name = board
        self.air = air

    def now_us(self) -> int:
        """Return virtual time [µs]."""
        return self._clock.now_us

    def at(self, t_us: int, fn: Callable[[], None]) -> object:
        """Schedule an act of the chip."""
        return self._clock.at(t_us, fn)

    def cancel(self, token: object) -> None:
        """Take a scheduled act back."""
        if isinstance(token, Token):
            self._clock.cancel(token)

    def drive(self, role: str, level: int | None) -> None:
        """Drive the MCU pin wired to a role; a role that is not wired goes nowhere."""
        pin = self._part.get("pins", {}).get(role)
        if pin is not None:
            self._gpio.drive(pin, f"{self._part_name}.{role}", level)

    def transmit(self, data: bytes) -> None:
        """Send bytes to the MCU's receive pin."""
        self._uart.deliver(self._part["rx"], self._part.get("baud", UartChip.baud), data)

    def draw(self, current_ua: float) -> None:
        """Charge the chip's supply current from now on."""
        self._ledger.level(self._part_name, current_ua, current_ua)

    def log(self, kind: str, **fields: object) -> None:
        """Write to the event log."""
        self._log(kind, part=self._part_name, **fields)


class Wiring:
    """All parts of one board, by name."""

    def __init__(
        self, parts: list[Part], rails: dict[str, Any], gpio: Gpio, i2c: I2c, spi: Spi, uart: Uart, adc: Adc
    ) -> None:
        self._parts = parts
        self._rails = rails
        self._gpio = gpio
        self._i2c = i2c
        self._spi = spi
        self._uart = uart
        self._adc = adc
        self.chips: dict[str, Chip] = {}
        self._supplied = False

    def build(self, make_context: Callable[[str, Part], Context]) -> None:
        """Make every part and connect it."""
        for part in self._parts:
            name = part["chip"]
            if name not in CHIPS:
                raise ToolError(
                    f"board.json names the chip {name}, of which there is no model.",
                    f"Known are {', '.join(sorted(CHIPS))}.",
                )
            if name in self.chips:
                raise ToolError(f"board.json names {name} twice", "Give the second one another name in its `chip`.")
            self.chips[name] = CHIPS[name](make_context(name, part), **_arguments(part))
        for part in self._parts:
            if part["chip"] in self.chips:
                self._connect(part, self.chips[part["chip"]])

    def power(self, on: bool) -> None:
        """Switch the board's supply; parts on a switched rail follow that rail's pin."""
        self._supplied = on
        for part in self._parts:
            chip = self.chips.get(part["chip"])
            if chip is not None and (not on or self._rail_on(part)):
                chip.power(on)

    def _connect(self, part: Part, chip: Chip) -> None:
        if isinstance(chip, I2cChip):
            self._i2c.attach(part["scl"], part["sda"], chip)
        if isinstance(chip, SpiChip):
            self._spi.attach(part["sck"], part["pins"]["nss"], chip)
        if isinstance(chip, UartChip):
            self._uart.attach(part["tx"], part.get("baud", UartChip.baud), chip.receive)
        for role, pin in part.get("pins", {}).items():
            self._gpio.listen(pin, _to_role(chip, role))
        if part["chip"] == "battery":
            self._adc.attach(part["pins"]["out"], chip.analog_mv)
        rail = self._rails.get(part.get("rail", ""))
        if rail is not None:
            on_level = rail["on_level"]
            self._gpio.listen(rail["pin"], lambda level: self._switch(chip, level == on_level))

    def _rail_on(self, part: Part) -> bool:
        rail = self._rails.get(part.get("rail", ""))
        return rail is None or self._gpio.wire(rail["pin"]) == rail["on_level"]

    def _switch(self, chip: Chip, on: bool) -> None:
        if on != chip.powered and (self._supplied or not on):
            chip.power(on)


def _to_role(chip: Chip, role: str) -> Callable[[int | None], None]:
    return lambda level: chip.pin(role, level)


def _arguments(part: Part) -> dict[str, Any]:
    """Return what a part's constructor takes beyond its context."""
    return {key: part[key] for key in _ARGUMENTS if key in part}
