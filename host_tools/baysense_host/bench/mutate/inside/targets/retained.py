"""RTC memory: torn, foreign, or from a firmware that laid it out otherwise."""

import random

from baysense.core import retained
from baysense.core.budget import WakeBudget
from baysense.core.config import defaults
from baysense.core.detector import Detector
from baysense.core.event import SIZE_BYTES as EVENT_BYTES
from baysense.core.retry import Retry
from baysense.recall import PHASE_NONE, PHASE_WIFI, Recall
from baysense_host.bench.mutate.inside.chip import Chip
from baysense_host.bench.mutate.inside.damage import damaged, noise
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.targets.target import Target

_FIELD = (0, 20_000, 5_000, 40_000, 2_000)  # t_ms, x, y, z [nT], temperature [cdeg]

_HINT_BYTES = 7  # what net.wifi returns
_CAUSE_BYTES = 12  # the longest of core.event.CAUSES has less


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        chip = Chip({})
        recall = Recall(b"")
        recall.adopt(defaults())
        config = defaults()
        detector = Detector(config, None, 100)
        recall.detector = detector.dump()
        budget, retry = WakeBudget(), Retry()
        budget.wake(False, 5000)
        retry.failed(5000, 9000, 77)
        recall.budget, recall.retry, recall.hint = budget.dump(), retry.dump(), noise(_HINT_BYTES)
        recall.held_back = noise(EVENT_BYTES)
        self._payloads = []
        for phase in (PHASE_WIFI, PHASE_NONE):
            recall.wake += 1
            recall.save(chip, phase)  # type: ignore[arg-type]  # what a module board has, as far as asked
            self._payloads.append(retained.load(chip.retained())[0] or b"")
        self._whole = chip.retained()

    def attempt(self) -> None:
        """See Target."""
        forged = random.getrandbits(1) == 0
        if forged:
            foreign = damaged(random.choice(self._payloads))[: retained.MAX_PAYLOAD_BYTES]
            memory = retained.store(self._whole, foreign, random.getrandbits(8))
        else:
            memory = damaged(self._whole)
        self.tried = memory
        payload, phase, _ = retained.load(memory)
        recall = Recall(memory)
        if not forged:
            known = payload is None or payload in self._payloads
            expect(known and recall.fresh == (payload is None), ACCEPTED, "memory that was never written")
            expect(memory != self._whole or phase == PHASE_NONE, REFUSED, "whole memory was not read")
        self._live_on(recall)

    def _live_on(self, recall: Recall) -> None:
        """Do with it what a wake does first."""
        recall.clock_restarted, recall.alarm_due_s(), recall.since_epoch
        budget = WakeBudget(recall.budget)
        budget.wake(False, 6000)
        budget.threshold_nt(2500)
        retry = Retry(recall.retry)
        retry.failed(6000, 1000, 3)
        detector = Detector(recall.settings() if not recall.fresh else defaults(), recall.detector or None, 6000)
        detector.rest(*_FIELD)
        detector.sample(*_FIELD)
        recall.detector, recall.budget, recall.retry = detector.dump(), budget.dump(), retry.dump()
        # Only damage is expected here, not blobs of other lengths under a right checksum.
        recall.hint, recall.because = recall.hint[:_HINT_BYTES], recall.because[:_CAUSE_BYTES]
        recall.held_back = recall.held_back[:EVENT_BYTES]
        chip = Chip({})
        recall.save(chip)  # type: ignore[arg-type]
        again = Recall(chip.retained())
        expect(not again.fresh and again.detector == recall.detector, REFUSED, "what was saved does not come back")
