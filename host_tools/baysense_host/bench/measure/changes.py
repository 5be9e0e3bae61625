"""What one real change of a bay costs a node."""

from baysense_host.bench.measure.lives import Life
from baysense_host.bench.measure.meter import Wake
from baysense_host.virtual.ledger import Range

_NEAR_S = 60.0  # a vehicle needs 25 s to park and 15 s to leave; it wakes the node at most so long before or after


def change_wakes(life: Life) -> list[Wake]:
    """Return the wakes that a true change caused, and those in which one was reported."""
    return [wake for wake in life.meter.wakes if _by_movement(life, wake) or _reports(life, wake)]


def charge_per_change_mc(life: Life) -> Range:
    """Return the charge of those wakes per true change [mC, low-high]."""
    charges = [wake.charge_mc for wake in change_wakes(life)]
    count = len(life.bay["truth"])
    return sum(low for low, _ in charges) / count, sum(high for _, high in charges) / count


def _by_movement(life: Life, wake: Wake) -> bool:
    near = any(abs(wake.begin_s - change["t_s"]) <= _NEAR_S for change in life.bay["truth"])
    return near and wake.cause == "deviation"


def _reports(life: Life, wake: Wake) -> bool:
    return any(wake.begin_s <= event["received_s"] <= wake.end_s for event in life.bay["events"])
