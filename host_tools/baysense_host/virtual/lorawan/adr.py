"""Adaptive data rate as ChirpStack's default algorithm does it: the best of 20 uplinks decides, in steps of 3 dB.

It never lowers a data rate: a device that is not heard does that itself.
"""

from dataclasses import dataclass

from baysense_host.virtual.lorawan.device import HISTORY, Heard, Session
from baysense_host.virtual.lorawan.policy import Policy

STEP_DB = 3.0
PAUSE = HISTORY  # uplinks until a step that was refused or never answered is asked for again

# Transmissions by loss of the last 20 uplinks (rows: below 5, 10, 30 %, above) and by the present number (1, 2, 3).
_LOSS_STEPS = (0.05, 0.10, 0.30)
_TRANSMISSIONS = ((1, 1, 2), (1, 2, 3), (2, 3, 3), (3, 3, 3))


@dataclass(frozen=True)
class Target:
    """What a device is to use."""

    dr: int
    tx_power: int
    transmissions: int


def heard(session: Session, fcnt: int, dr: int, snr_db: float) -> None:
    """Note an uplink. A device that changed its data rate by itself may also be back at full power: begin anew."""
    if dr != session.dr:
        session.dr, session.tx_power = dr, 0
        session.history.clear()
    session.history.append(Heard(fcnt, snr_db, session.tx_power))


def target(session: Session, required_snr_db: float, policy: Policy, fastest_dr: int) -> Target:
    """Return what the device should use by what was heard of it."""
    history = session.history
    transmissions = _transmissions(session)
    margin_db = max(one.snr_db for one in history) - required_snr_db - policy.installation_margin_db
    steps = int(margin_db / STEP_DB)
    if steps < 0 and sum(one.tx_power == session.tx_power for one in history) < HISTORY:
        return Target(session.dr, session.tx_power, transmissions)
    faster = max(min(steps, fastest_dr - session.dr), 0)
    tx_power = min(max(session.tx_power + steps - faster, 0), policy.max_tx_power)
    return Target(session.dr + faster, tx_power, transmissions)


def _transmissions(session: Session) -> int:
    """Return how often each uplink should go out."""
    history = session.history
    present = min(max(session.transmissions, 1), 3)
    lost = 0.0
    if len(history) == HISTORY:
        lost = (history[-1].fcnt - history[0].fcnt - (HISTORY - 1)) / HISTORY
    row = sum(lost >= step for step in _LOSS_STEPS)
    return _TRANSMISSIONS[row][present - 1]
