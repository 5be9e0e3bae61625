"""A board of the firmware's interface."""

from baysense_host.bench.airwaves.inside.power import power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense_host.bench.airwaves.inside.storage import Nvs, Rtc

_BOOT_US = 300_000  # from a soft reset to the program, about


class StartOver(Exception):
    """The program runs anew with an empty heap."""


class Asleep(Exception):
    """The chip sleeps for so long [ms]."""


class _Watchdog:
    def feed(self) -> None:
        """Nothing hangs that would not hang the campaign, too."""


class Board:
    """Stands for board.py."""

    NAME = "VIRTUAL"
    POWER = "battery"
    RANGE = None
    RADIO = "sx126x"
    CUTOFF_MV = 3300

    def __init__(self, nvs: "Nvs", rtc: "Rtc", mac: bytes) -> None:
        self.cause = "power"
        self._nvs, self._rtc, self._mac = nvs, rtc, mac

    def battery_mv(self) -> int:
        """Return a voltage that is well."""
        return 3700

    def deviation_active(self) -> bool:
        """Tell that nothing moves."""
        return False

    def retained(self) -> bytes:
        """Return RTC memory."""
        return self._rtc.read()

    def retain(self, data: bytes) -> None:
        """Write RTC memory."""
        self._rtc.write(data)

    def nvs(self, namespace: str) -> "Nvs":
        """Return the store that survives a new image."""
        return self._nvs

    def unique_id(self) -> bytes:
        """Return the MAC."""
        return self._mac

    def set_time(self, time_s: int, us: int) -> None:
        """Set system time."""
        power.ahead_us = time_s * 1_000_000 + us - power.now_us

    def wake_cause(self) -> str:
        """Return why the program runs."""
        return self.cause

    def watchdog(self, timeout_ms: int) -> "_Watchdog":
        """Return what has to be fed."""
        return _Watchdog()

    def after_wake(self) -> None:
        """No pin is held."""

    def light_sleep(self, ms: int) -> None:
        """Let time pass."""
        power.now_us += ms * 1000

    def deep_sleep(self, ms: int, watch_deviation: bool) -> None:
        """End the wake."""
        raise Asleep(ms)

    def start_over(self) -> None:
        """End this boot; the next one follows."""
        power.now_us += _BOOT_US
        raise StartOver
