"""The RTC: time that goes on through resets and sleep, 2 KiB of memory, both lost with the power."""

from baysense_host.virtual.answers import DeviceError
from baysense_host.virtual.peripherals.host import Host

MEMORY_SIZE = 2048  # MICROPY_HW_RTC_USER_MEM_MAX, ports/esp32


class Rtc:
    """Board time since power-on [µs], an offset set by the firmware, and the user memory."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._base_us = 0  # RTC time at this boot
        self._boot_true_us = 0
        self.offset_us = 0
        self.memory = b""
        host.register("rtc.memory", self.read_memory)
        host.register("rtc.set_memory", self.set_memory)
        host.register("rtc.set", self.set_us)
        host.register("rtc.at_boot", self.at_boot)

    def now_us(self) -> int:
        """Return RTC time while awake [µs]; the crystal counts it."""
        awake_us = self._host.clock.now_us - self._boot_true_us
        return self._base_us + self._host.crystal.board_us(awake_us)

    def at_boot(self) -> int:
        """Return RTC time at the start of this boot, as the firmware set it [µs since 2000]."""
        return self._base_us + self.offset_us

    def set_us(self, epoch_us: int, board_us: int) -> None:
        """Set the clock: `epoch_us` since 2000 is `board_us` after boot."""
        self.offset_us = epoch_us - board_us - self._base_us

    def begin_boot(self, elapsed_us: int) -> None:
        """Begin a boot, so much RTC time after the last one ended [µs]."""
        self._base_us += elapsed_us
        self._boot_true_us = self._host.clock.now_us

    def end_boot(self) -> None:
        """End a boot: its awake time has passed by the crystal."""
        self._base_us = self.now_us()
        self._boot_true_us = self._host.clock.now_us

    def read_memory(self) -> str:
        """Return the user memory as hex."""
        return self.memory.hex()

    def set_memory(self, size: int, start: int, data: str) -> None:
        """Write a piece of the user memory in its place; `size` is how much there is of it from now on."""
        if size > MEMORY_SIZE:
            raise DeviceError("ValueError", "buffer too long")
        raw = bytes.fromhex(data)
        self.memory = (self.memory[:start].ljust(start, b"\0") + raw + self.memory[start + len(raw) :])[:size]

    def power_off(self) -> None:
        """Lose everything."""
        self._base_us = self.offset_us = 0
        self.memory = b""
