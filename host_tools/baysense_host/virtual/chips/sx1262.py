"""SX1262 LoRa transceiver: its power states, so that a board's radio costs what it costs before it is ever used.

Datasheet DS.SX1261-2.W.APP rev. 1.2: table 3-2 (currents), 9.1 (start-up), 9.3 and 13.1.1 (sleep), from memory.
"""

from baysense_host.virtual.chips.chip import ChipContext, SpiChip

_SET_SLEEP = 0x84
_STANDBY_UA = 600.0  # STDBY_RC
_SLEEP_COLD_UA = 0.16
_SLEEP_WARM_UA = 0.6
_FLOATING_UA = 1600.0  # NSS floating while asleep: measured, beegee-tokyo/SX126x-Arduino issue 13
_WARM_START = 0x04
_STATUS_STDBY_RC = 0x22


class SX1262(SpiChip):
    """One radio. Wires: `nss`, `reset` and `busy`; it answers every command but sleep with its status."""

    current_source = "datasheet table 3-2, from memory; floating NSS: SX126x-Arduino issue 13"

    def __init__(self, context: ChipContext) -> None:
        super().__init__(context)
        self.asleep = False
        self._sleep_ua = _SLEEP_COLD_UA
        self._nss: int | None = None

    def power(self, on: bool) -> None:
        """Switch the supply; it starts in standby, as after a reset."""
        super().power(on)
        self._stand_by()

    def pin(self, role: str, level: int | None) -> None:
        """Take reset and select; a falling select wakes it, a floating one makes it restless."""
        if role == "reset" and level == 0:
            self._stand_by()
        if role == "nss":
            if self.asleep and self._nss != 0 and level == 0:
                self._stand_by()
            self._nss = level
            self._draw()

    def exchange(self, data: bytes) -> bytes:
        """Take one command."""
        if not self.powered:
            return bytes(len(data))
        if len(data) >= 2 and data[0] == _SET_SLEEP:
            self.asleep = True
            self._sleep_ua = _SLEEP_WARM_UA if data[1] & _WARM_START else _SLEEP_COLD_UA
            self.context.drive("busy", 1)
            self.context.log("radio", state="sleep")
            self._draw()
        return bytes([_STATUS_STDBY_RC]) * len(data)

    def _stand_by(self) -> None:
        self.asleep = False
        self.context.drive("busy", 0 if self.powered else None)
        self._draw()

    def _draw(self) -> None:
        asleep_ua = self._sleep_ua if self._nss is not None else _FLOATING_UA
        awake_ua = asleep_ua if self.asleep else _STANDBY_UA
        self.context.draw(awake_ua if self.powered else 0.0)
