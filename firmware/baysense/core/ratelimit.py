"""How many commands a device takes: ten at once, then one every 6 s. Pure."""

_BURST = 10
_EVERY_MS = 6000


class RateLimit:
    """A token bucket, kept as the time until which it is busy; that outlives a boot."""

    def __init__(self) -> None:
        self.busy_until_ms = 0

    def take(self, now_ms: int) -> bool:
        """Tell whether one more command may be taken, and count it if so."""
        ahead_ms = self.busy_until_ms - now_ms
        if not 0 <= ahead_ms <= _BURST * _EVERY_MS:  # long idle, or the clock restarted
            ahead_ms = 0
        if ahead_ms > (_BURST - 1) * _EVERY_MS:
            return False
        self.busy_until_ms = now_ms + ahead_ms + _EVERY_MS
        return True
