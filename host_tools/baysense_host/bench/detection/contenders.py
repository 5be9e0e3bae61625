"""Who is on trial, by the names that stand in all output."""

from baysense_host.bench.detection.baselines import Atda, Fixed
from baysense_host.bench.detection.metrics import ATDA, CONFIRMED, FIXED, OURS
from baysense_host.bench.detection.node import watch
from baysense_host.bench.detection.watch import Contender

# Whether each may use its range sensor. In the order of the page.
CONTENDERS: dict[str, tuple[Contender, bool]] = {
    CONFIRMED: (watch, True),
    OURS: (watch, False),
    FIXED: (Fixed(), False),
    ATDA: (Atda(), False),
}
OWN = (CONFIRMED, OURS)
