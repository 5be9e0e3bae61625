"""How much town, and for how long."""

from dataclasses import dataclass

HOUR_S = 3600
DAY_S = 24 * HOUR_S
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Extent:
    """Nodes, days, and what befalls them."""

    nodes: int
    days: float
    outage_s: float
    loss: float = 0.2
    cuts_per_day: float = 0.4  # of each node, power cuts and brown-outs together
    seed: int = 1

    @property
    def ends_us(self) -> int:
        """Return when the last vehicle has come or gone."""
        return round(self.days * DAY_S) * SECOND_US


# Then nothing happens any more: a heartbeat later every state is right, and a while later every event is told.
CALM_US = 4 * HOUR_S * SECOND_US
