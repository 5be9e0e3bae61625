"""The 32 MHz clock of an SX1262: a crystal, or a TCXO fed from DIO3 (DS.SX1261-2.W.APP rev. 1.2, 4.1 and 13.3.6)."""

from baysense_host.virtual.chips.sx1262_config import Config

_TCXO_START_US = 1_000  # after a shorter wait than this a TCXO is not stable yet [assumed]


class ReferenceClock:
    """The clock of one radio. tcxo_mv: what its TCXO needs, None = a crystal. Fault to inject: `fault`."""

    def __init__(self, tcxo_mv: int | None) -> None:
        self.fault = False
        self._tcxo_mv = tcxo_mv

    @property
    def needs_supply(self) -> bool:
        """Whether it stands still until DIO3 feeds it."""
        return self._tcxo_mv is not None

    def start_us(self, config: Config) -> int | None:
        """Return how long it takes to start with these settings [µs], None when it never does."""
        if self.fault:
            return None
        if self._tcxo_mv is None:
            return None if config.tcxo_mv else 0  # with DIO3 as a supply the crystal's own driver is off
        enough = config.tcxo_mv is not None and config.tcxo_mv >= self._tcxo_mv
        return config.tcxo_us if enough and config.tcxo_us >= _TCXO_START_US else None
