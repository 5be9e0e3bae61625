"""Bays to begin a test of the detector with."""

from baysense.core import faults
from baysense.core.state import FREE, OCCUPIED
from dipole import CONFIG, SEDAN, Bay

FAINT = ((1500, 5, 3, 9), (200, 3, 2, 5), (-2500, 5, -5, 9))  # some 5 uT in the bay, 15 uT on the way
VAN = tuple((offset, 2 * mx, 2 * my, 2 * mz) for offset, mx, my, mz in SEDAN)


def ready(seed: int = 1, config: dict = CONFIG) -> Bay:
    bay = Bay(seed, config=config)
    bay.wait(8)
    assert bay.changes.pop()[:2] == (FREE, "calibrated") and not bay.changes
    assert bay.detector.confidence == 50 and bay.detector.faults == faults.CALIBRATING
    return bay


def proven(seed: int = 1, config: dict = CONFIG) -> Bay:
    """Return a bay that was seen empty again after two different vehicles."""
    bay = ready(seed, config)
    for parts in (SEDAN, VAN):
        bay.answer = True
        bay.arrive(parts)
        bay.wait(150)
        bay.answer = False
        bay.leave()
        bay.wait(20)
    assert [c[0] for c in bay.changes] == [OCCUPIED, FREE] * 2 and bay.detector.faults == 0
    bay.changes.clear()
    bay.answer = None
    return bay


def come_and_go(bay: Bay) -> None:
    """See one more vehicle come and go."""
    bay.changes.clear()
    bay.arrive(VAN)
    bay.wait(20)
    bay.leave()
    bay.wait(20)
    assert [c[0] for c in bay.changes] == [OCCUPIED, FREE]
