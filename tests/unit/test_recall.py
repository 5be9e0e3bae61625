"""What RTC memory keeps from one wake to the next."""

from baysense.core import config, retained
from baysense.core.event import SIZE_BYTES as EVENT_BYTES
from baysense.core.state import FREE, OCCUPIED, UNKNOWN
from baysense.recall import PHASE_FLASH, PHASE_NONE, PHASE_WIFI, Recall
from baysense.storage.journal import ROOM_BYTES

DETECTOR = bytes(range(ROOM_BYTES - EVENT_BYTES))  # the longest there may be
HELD_BACK = bytes(range(EVENT_BYTES))
BUDGET = bytes(range(13))
RETRY = bytes(range(16))
HINT = bytes(range(8))


class Memory:
    """RTC memory of a board."""

    def __init__(self) -> None:
        self.data = b""

    def retain(self, data: bytes) -> None:
        self.data = bytes(data)


def settings(**changes: object) -> dict:
    return config.validated(config.defaults(), changes)


def told() -> Recall:
    """Return what a node in the middle of its life knows."""
    recall = Recall(b"")
    recall.adopt(settings(zone="keep_clear", dwell_s=900, heartbeat_s=7200, wake_threshold_nt=30_000))
    recall.epoch, recall.wake, recall.faults, recall.unsent = 0xFFFF, 1 << 31, 1 << 18, 1
    recall.heartbeat_due_s = recall.retry_due_s = recall.since_s = 0xFFFF_FFFE
    recall.since_wake, recall.last_seq, recall.logged, recall.unarmed = 5, 1 << 30, 1 << 20, 16
    recall.done_urgent, recall.done_routine = 0xFFFF_FFFD, 0xFFFF_FFFC
    recall.announced, recall.desired, recall.base_s, recall.synced_s = 0xFFFF_FFFF, 0xFFFF_FFFE, 1 << 29, 7
    recall.detector, recall.budget, recall.retry, recall.hint = DETECTOR, BUDGET, RETRY, HINT
    recall.because, recall.held_back = b"calibrated", HELD_BACK
    recall.check_due_s = 0xFFFF_FFFB
    return recall


def values(recall: Recall) -> dict:
    names = (
        "epoch wake written_s heartbeat_due_s retry_due_s since_s since_wake last_seq faults logged unarmed unsent"
    )
    names += " base_s synced_s announced desired done_urgent done_routine retry hint because held_back"
    names += " check_due_s"
    names += " alarmed state heartbeat_s dwell_s wake_threshold_nt occupied_nt free_nt confirm_range detector budget"
    return {name: getattr(recall, name) for name in names.split()}


def test_nothing_is_fresh() -> None:
    for memory in (b"", bytes(retained.SIZE_BYTES), b"\xff" * retained.SIZE_BYTES):
        recall = Recall(memory)
        assert recall.fresh and recall.clock_restarted and recall.phase == PHASE_NONE
        assert recall.detector == recall.budget == b"" and recall.wake == recall.unsent == 0
        assert recall.done_urgent == recall.done_routine == 0


def test_everything_comes_back() -> None:
    memory, recall = Memory(), told()
    recall.save(memory, PHASE_WIFI)
    again = Recall(memory.data)
    assert not again.fresh and again.phase == PHASE_WIFI
    assert values(again) == values(recall)
    assert again.settings() == recall.settings()


def test_it_goes_on_over_many_saves() -> None:
    memory = Memory()
    for wake in range(1, 20):
        recall = Recall(memory.data)
        assert recall.wake == wake - 1
        recall.wake = wake
        for phase in (PHASE_WIFI, PHASE_FLASH, PHASE_NONE):  # as often as a wake with a report does
            recall.save(memory, phase)


def test_a_torn_write_leaves_the_one_before() -> None:
    memory, recall = Memory(), told()
    recall.save(memory)
    recall.wake = 1
    recall.save(memory)
    before = memory.data
    recall.wake = 2
    recall.save(memory, PHASE_FLASH)
    seen = set()
    for cut in range(0, len(before) + 1, 7):
        again = Recall(memory.data[:cut] + before[cut:])
        seen.add((again.wake, again.phase))
    assert seen == {(1, PHASE_NONE), (2, PHASE_FLASH)}


def test_another_version_is_fresh() -> None:
    memory = Memory()
    told().save(memory)
    payload, _, _ = retained.load(memory.data)
    assert payload is not None
    other = bytes((payload[0] + 1,)) + payload[1:]
    assert Recall(retained.store(b"", other, PHASE_NONE)).fresh
    assert Recall(retained.store(b"", payload[:20], PHASE_NONE)).fresh
    assert not Recall(retained.store(b"", payload, PHASE_NONE)).fresh


def test_a_clock_that_went_back_is_noticed() -> None:
    memory, recall = Memory(), told()
    recall.save(memory)
    again = Recall(memory.data)
    assert not again.clock_restarted
    again.written_s = again.clock_s() + 100
    assert again.clock_restarted


def test_the_age_of_a_change_before_this_epoch_is_unknown() -> None:
    recall = told()
    recall.epoch, recall.since_wake = 0, 0
    assert recall.since_epoch == 0xFFFF
    recall.since_wake = 1
    assert recall.since_epoch == 0


def test_the_alarm_of_a_keep_clear_zone() -> None:
    recall = Recall(b"")
    recall.since_s, recall.state = 5000, OCCUPIED
    assert recall.alarm_due_s() is None  # not configured
    recall.adopt(settings(zone="bay", dwell_s=900))
    assert recall.alarm_due_s() is None
    recall.adopt(settings(zone="keep_clear", dwell_s=900))
    assert recall.alarm_due_s() == 5900
    recall.adopt(settings(zone="keep_clear"))
    assert recall.alarm_due_s() == 5000
    for state in (FREE, UNKNOWN):
        recall.state = state
        assert recall.alarm_due_s() is None
    recall.state, recall.alarmed = OCCUPIED, 1
    assert recall.alarm_due_s() is None


def test_alarm_told_and_dwell_survive_a_sleep() -> None:
    memory, recall = Memory(), told()
    recall.state, recall.since_s = OCCUPIED, 1000
    recall.save(memory)
    assert Recall(memory.data).alarm_due_s() == 1900
    recall.alarmed = 1
    recall.save(memory)
    assert Recall(memory.data).alarm_due_s() is None


def test_a_clock_that_was_set_ahead_is_noticed() -> None:
    memory, recall = Memory(), told()
    recall.save(memory)
    again = Recall(memory.data)
    again.written_s = again.clock_s() - 3 * again.heartbeat_s
    assert not again.clock_restarted
    again.written_s -= 86_400
    assert again.clock_restarted
