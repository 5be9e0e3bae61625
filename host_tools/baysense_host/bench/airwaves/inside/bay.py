"""The measuring of a wake with a detector that is told the truth; recording and all behind it is the node's."""

from baysense import recording, sensing, stages, starting
from baysense.core.detector import CHANGED
from baysense.core.state import OCCUPIED
from baysense.recall import PHASE_FLASH
from baysense_host.bench.airwaves.inside import line
from baysense_host.bench.airwaves.inside.power import power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.node import Node

_CONFIDENCE = 95


class Bay:
    """What stands on the bay."""

    def __init__(self) -> None:
        self.state = 0  # the truth, from the host

    def measure(self, node: "Node") -> None:
        """Stand for stages.measure."""
        recall = node.recall
        if node.cause in ("timer", "deviation") and not recall.clock_restarted:
            if recall.phase == PHASE_FLASH:
                recording.catch_up(node, stages.store(node, "journal"))
            sensing.begin(node, recall.settings())
        else:
            starting.take_stock(node)
            starting.say_ready(node)
        self._decide(node)
        sensing.catch_up(node)
        stages.remember(node, True)
        power.step()
        line.say("m", power.now_us)

    def _decide(self, node: "Node") -> None:
        detector = node.detector
        if detector.state != self.state:
            detector.event_ms = node.elapsed_ms()
            detector.prove()
            detector.held = self.state
            detector.change(self.state, _CONFIDENCE, "arrival" if self.state == OCCUPIED else "departure")
            sensing.decided(node, CHANGED)
