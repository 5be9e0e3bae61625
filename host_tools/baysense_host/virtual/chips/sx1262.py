"""SX1262 LoRa transceiver: supply, reset, sleep, and the SPI interface with its BUSY line.

Datasheet DS.SX1261-2.W.APP rev. 1.2: 8.2 and 8.3 (SPI, BUSY), 9.1 (start-up), 9.3 and 13.1.1 (sleep), from memory.
A command is gathered while NSS is low, in as many transfers as it takes, and obeyed when NSS rises.
"""

from baysense_host.virtual.chips import sx1262_commands as op
from baysense_host.virtual.chips import sx1262_currents as currents
from baysense_host.virtual.chips import sx1262_times as times
from baysense_host.virtual.chips.chip import ChipContext, SpiChip
from baysense_host.virtual.chips.sx1262_transceiver import Transceiver

_WARM = 0x04  # of SetSleep's parameter


class SX1262(SpiChip):
    """One radio. Wires: `nss`, `reset`, `busy` and `dio1`.

    tcxo_mv: what the board's TCXO needs from DIO3, None = a crystal; dio2_switch: DIO2 drives the antenna switch.
    Faults to inject: `absent` (no answer, no line driven), `busy_stuck` (BUSY high for ever), `tcxo_fault`.
    """

    current_source = "datasheet tables 3-2 to 3-5, from memory; floating NSS: SX126x-Arduino issue 13"

    def __init__(self, context: ChipContext, tcxo_mv: int | None = None, dio2_switch: bool = False) -> None:
        super().__init__(context)
        self.absent = False
        self.busy_stuck = False
        self.asleep = False
        self.inside = Transceiver(context, self._misuse, tcxo_mv, dio2_switch)
        self.inside.changed = self._draw
        self._warm = False
        self._waking = False
        self._busy = False
        self._busy_token: object = None
        self._in_reset = False
        self._nss: int | None = None
        self._command = bytearray()
        self._lost = False  # the command came while the chip was busy
        self._answer: bytes | None = None

    @property
    def tcxo_fault(self) -> bool:
        """Whether the clock fails."""
        return self.inside.clock.fault

    @tcxo_fault.setter
    def tcxo_fault(self, fault: bool) -> None:
        self.inside.clock.fault = fault

    @property
    def answers(self) -> bool:
        """Whether there is anybody on the bus."""
        return self.powered and not self.absent and not self._in_reset

    def power(self, on: bool) -> None:
        """Switch the supply; it starts in standby, as after a reset."""
        super().power(on)
        if on and not self.absent:
            self._restart()
            return
        self.context.cancel(self._busy_token)
        self.asleep = self._busy = False
        self.inside.stop()
        for line in ("busy", "dio1"):
            self.context.drive(line, None)
        self._draw()

    def pin(self, role: str, level: int | None) -> None:
        """Take reset and select; a falling select wakes it, a floating one makes it restless."""
        if role == "reset":
            self._reset(level == 0)
        if role == "nss":
            before, self._nss = self._nss, level
            if before == 0 and level != 0:
                self._obey()
            elif before != 0 and level == 0:
                self._select()
            self._draw()

    def exchange(self, data: bytes) -> bytes:
        """Take bytes of a command; every byte is answered as it goes."""
        return bytes(map(self._take, data)) if self.answers else bytes(len(data))

    def _take(self, value: int) -> int:
        if not self._command:
            self._lost = self._busy
        self._command.append(value)
        if self._lost:
            return 0
        place = len(self._command) - 1
        begin = op.READS.get(self._command[0])
        if begin is None or place < begin:
            return self.inside.status
        if self._answer is None:
            self._answer = self.inside.read(bytes(self._command))
        return self._answer[place - begin] if place - begin < len(self._answer) else 0

    def _select(self) -> None:
        self._command.clear()
        self._answer = None
        if self.answers and self.asleep:
            self._wake()

    def _obey(self) -> None:
        """End a command: NSS has risen."""
        command = bytes(self._command)
        self._command.clear()
        if not command or not self.answers:
            return
        if self._lost:
            # Semtech's own driver wakes the chip by a GetStatus, of which only the falling NSS counts.
            if not (self._waking and command[0] == op.GET_STATUS):
                self._misuse(f"command {command[:4].hex()} while BUSY")
        elif command[0] == op.SET_SLEEP and len(command) > 1 and self.inside.mode in (op.STDBY_RC, op.STDBY_XOSC):
            self._sleep(bool(command[1] & _WARM))
        elif command[0] not in op.READS:
            self._hold_busy(self.inside.run(command))

    def _sleep(self, warm: bool) -> None:
        self._warm = warm
        self.asleep = True
        self.inside.stop()
        self._set_busy(True)
        self.context.log("radio", state="sleep")
        self._draw()

    def _wake(self) -> None:
        self.asleep = False
        if self._warm:
            self.inside.warm_start()
        else:
            self.inside.cold_start()
        self._waking = True
        self._hold_busy(times.WARM_START_US if self._warm else times.COLD_START_US)
        self._draw()

    def _reset(self, held: bool) -> None:
        if held == self._in_reset:
            return
        self._in_reset = held
        if self.powered and not self.absent:
            self._restart()

    def _restart(self) -> None:
        self.asleep = self._waking = False
        self.inside.cold_start()
        self._command.clear()
        if self._in_reset:
            self.context.cancel(self._busy_token)
            self._set_busy(True)
        else:
            self._hold_busy(times.COLD_START_US)
        self._draw()

    def _hold_busy(self, duration_us: int) -> None:
        self._set_busy(True)
        self.context.cancel(self._busy_token)
        self._busy_token = self.context.at(self.context.now_us() + duration_us, self._end_busy)

    def _end_busy(self) -> None:
        if not self.asleep and not self._in_reset:
            self._waking = False
            self._set_busy(self.busy_stuck)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.context.drive("busy", int(busy))

    def _misuse(self, what: str) -> None:
        self.context.log("radio_misuse", what=what)

    def _draw(self) -> None:
        if not self.powered or self.absent:
            self.context.draw(0.0)
        elif self.asleep:
            asleep_ua = currents.SLEEP_WARM_UA if self._warm else currents.SLEEP_COLD_UA
            self.context.draw(asleep_ua if self._nss is not None else currents.FLOATING_UA)
        else:
            self.context.draw(self.inside.current_ua)
