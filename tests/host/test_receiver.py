"""The history of a bay from frames that were lost, late, repeated and out of order."""

import random
from dataclasses import dataclass, field

import pytest

from baysense.core import event, payload
from baysense.core.event import Event
from baysense.core.state import FREE, OCCUPIED, STATE_NAMES, UNKNOWN
from baysense_host.errors import ToolError
from baysense_host.lorawan.receiver import Receiver

Frame = tuple[int, bytes, int, float]  # as Receiver.take() wants it
CAUSES = {FREE: ("departure", "range"), OCCUPIED: ("arrival", "range"), UNKNOWN: ("doubt", "stale")}


@dataclass
class Device:
    """A node with a journal: tells each change with those before it, and a heartbeat each hour."""

    chance: random.Random
    clock_s: float = 1000.0
    epoch: int = 1
    wake: int = 1
    seq: int = 0
    fcnt: int = 0
    state: int = FREE
    since_s: float = 1000.0
    changes: list[Event] = field(default_factory=list)
    truth: dict[int, tuple[str, float]] = field(default_factory=dict)  # state and time by number
    offset_s: float = 0.0  # of the device's clock, which a power cut sets back

    def change(self, quick: bool = False) -> Event:
        """Let time pass, and the state change."""
        pause_s = self.chance.choice((25, 300, 4000, 30_000)) * (0.5 + self.chance.random())
        self.clock_s += 40 if quick else pause_s
        self.wake += 1
        self.seq += 1
        swap = self.state == OCCUPIED and self.chance.random() < 0.1
        states = [state for state in (FREE, OCCUPIED, UNKNOWN) if state != self.state]
        state = OCCUPIED if swap else self.chance.choices(states, (9, 1))[0]
        cause = "swap" if swap else self.chance.choice(CAUSES[state])
        clock_ms = int((self.clock_s - self.offset_s) * 1000)
        previous_s = int(self.clock_s - self.since_s)
        happened = Event(
            event.CHANGE, state, cause, clock_ms, self.epoch, self.wake, previous_s,
            self.chance.choice((50, 75, 98)), flags=event.SWAP if swap else 0, seq=self.seq,
        )  # fmt: skip
        self.changes.append(happened)
        self.truth[self.seq] = (STATE_NAMES[state], self.clock_s)
        self.state, self.since_s = state, self.clock_s
        self.clock_s += self.chance.uniform(3, 28)  # until it is told
        return happened

    def tell(self, newest: int, most: int = 4) -> Frame:
        """Return the frame of a change, the list's place given, with those before it."""
        older = self.changes[max(0, newest + 1 - most) : newest + 1]
        now_ms = int((self.clock_s - self.offset_s) * 1000)
        data, _ = payload.change(older[::-1], now_ms, self.epoch, self.wake, payload.ROUTINE_BYTES)
        return self._frame(payload.CHANGE_PORT, data)

    def heartbeat(self) -> Frame:
        clock_ms = int((self.since_s - self.offset_s) * 1000)
        present = Event(event.CHANGE, self.state, "retained", clock_ms, self.epoch, 0, confidence=75, seq=self.seq)
        present.runs_on = "0.1.0 0a1b2c3d 5d0c8a11"
        now_ms = int((self.clock_s - self.offset_s) * 1000)
        return self._frame(payload.HEARTBEAT_PORT, payload.heartbeat(present, now_ms, self.epoch, 3600, 2000))

    def boot(self) -> Frame:
        self.seq += 1
        self.wake += 1
        now_ms = int((self.clock_s - self.offset_s) * 1000)
        start = Event(event.BOOT, self.state, "watchdog", now_ms, self.epoch, self.wake, seq=self.seq)
        self.truth[self.seq] = (STATE_NAMES[self.state], self.clock_s)
        return self._frame(payload.STATUS_PORT, payload.boot(start, now_ms, self.epoch))

    def _frame(self, fport: int, data: bytes) -> Frame:
        self.fcnt += 1
        return fport, data, self.fcnt, self.clock_s


def day(seed: int, changes: int = 30) -> tuple[Device, list[Frame]]:
    """Return a device and all it sent."""
    device = Device(random.Random(seed))
    frames = [device.heartbeat()]
    for _ in range(changes):
        device.change()
        frames.append(device.tell(len(device.changes) - 1))
        if device.chance.random() < 0.3:
            device.clock_s += 60
            frames.append(device.heartbeat())
        if device.chance.random() < 0.05:
            frames.append(device.boot())
    device.clock_s += 3600
    frames.append(device.heartbeat())
    return device, frames


def received(frames: list[Frame]) -> Receiver:
    receiver = Receiver()
    for frame in frames:
        receiver.take(*frame)
    return receiver


def check(device: Device, receiver: Receiver, but: frozenset[int] = frozenset()) -> None:
    """Hold a history against the truth: every event once, in order, dated as well as it says."""
    told = receiver.events
    assert [each.seq for each in told] == sorted(set(device.truth) - but)
    for each in told:
        state, time_s = device.truth[each.seq]
        assert each.state == state
        assert each.time_s is not None and each.uncertainty_s is not None
        assert abs(each.time_s - time_s) <= each.uncertainty_s + 0.002, each  # the clocks here tick in ms
    assert receiver.state == STATE_NAMES[device.state]


@pytest.mark.parametrize("seed", range(5))
def test_everything_received(seed: int) -> None:
    device, frames = day(seed)
    receiver = received(frames)
    check(device, receiver)
    assert receiver.missing() == []
    assert receiver.since_s is not None and abs(receiver.since_s - device.since_s) <= 3600 / 100 + 60
    assert receiver.health["battery_voltage"] == 3.6


@pytest.mark.parametrize("seed", range(10))
def test_any_two_uplinks_in_a_row_may_be_lost(seed: int) -> None:
    device, frames = day(seed)
    last = max(at for at, frame in enumerate(frames) if frame[0] == payload.CHANGE_PORT)
    for lost in range(1, last - 1):
        receiver = received(frames[:lost] + frames[lost + 2 :])
        starts = [at for at in (lost, lost + 1) if frames[at][0] == payload.STATUS_PORT]
        gone = frozenset(int.from_bytes(frames[at][1][3:5], "big") for at in starts)
        check(device, receiver, gone)
        assert set(receiver.missing()) <= gone, "no change is missing"


@pytest.mark.parametrize("seed", range(10))
def test_repeated_late_and_out_of_order(seed: int) -> None:
    device, frames = day(seed)
    chance = random.Random(seed)
    mixed = [frame for frame in frames for _ in range(chance.choice((1, 1, 3)))]
    for at in range(len(mixed) - 6):
        other = at + chance.randrange(6)
        mixed[at], mixed[other] = mixed[other], mixed[at]
    receiver, told = Receiver(), []
    for frame in mixed:
        told += receiver.take(*frame)
    check(device, receiver)
    assert len(told) == len({each.seq for each in told}) == len(device.truth), "each event is new once"
    assert receiver.missing() == []


def test_a_late_frame_never_turns_the_state_back() -> None:
    device, frames = day(3)
    for late in range(len(frames) - 1):
        receiver = received(frames[:late] + frames[late + 1 :])
        state, since_s = receiver.state, receiver.since_s
        receiver.take(*frames[late])
        assert (receiver.state, receiver.since_s) == (state, since_s)


@pytest.mark.parametrize("seed", range(8))
def test_thirty_percent_lost_and_an_outage_made_up_for(seed: int) -> None:
    """The node tells what nobody has answered for again, oldest first, four at a time; answers get lost, too."""
    device, receiver = Device(random.Random(seed)), Receiver()
    receiver.take(*device.heartbeat())
    done, missed = 0, 0
    for number in range(400):
        device.change(quick=device.chance.random() < 0.2)
        outage = 150 <= number < 300
        for _ in range(50):
            newest = min(done + 3, len(device.changes) - 1)
            frame = device.tell(newest, newest + 1 - done)
            heard = not outage and device.chance.random() > 0.3
            if heard:
                receiver.take(*frame)
            missed += not heard
            if not heard or device.chance.random() < 0.3:
                break
            done = newest + 1
            if done == len(device.changes):
                break
            device.clock_s += 10
        if device.chance.random() < 0.3 and not outage:
            receiver.take(*device.heartbeat())
    while done < len(device.changes):
        newest = min(done + 3, len(device.changes) - 1)
        receiver.take(*device.tell(newest, newest + 1 - done))
        done = newest + 1
    receiver.take(*device.heartbeat())
    check(device, receiver)
    assert receiver.missing() == [] and missed > 100


def test_numbers_of_unsent_heartbeats_are_not_missed() -> None:
    device = Device(random.Random(1))
    frames = [device.heartbeat()]
    for _ in range(6):
        device.change()
        device.seq += 2  # journaled heartbeats
    for newest in (3, 5):
        frames.append(device.tell(newest))
    receiver = received(frames)
    assert [each.seq for each in receiver.events] == [7, 10, 13, 16]
    assert receiver.missing() == [1, 2, 3, 4, 5, 6, 11, 12], "the others lie between two changes of one frame"


def test_a_gap_shows() -> None:
    device, frames = day(4)
    changes = [frame for frame in frames if frame[0] == payload.CHANGE_PORT]
    receiver = received([frames[0], *changes[:5], *changes[10:]])
    lost = sorted(set(device.truth) - {each.seq for each in receiver.events})
    assert lost and set(lost) <= set(receiver.missing())


def test_a_receiver_that_starts_late_completes_numbers_with_the_first_heartbeat() -> None:
    device = Device(random.Random(2), seq=700)
    device.change()
    first = device.tell(0)
    device.change()
    device.clock_s += 300
    second = device.tell(1)
    receiver = received([first, second])
    assert [each.seq for each in receiver.events] == [701 - 512, 702 - 512], "cut short until then"
    receiver.take(*device.heartbeat())
    assert [each.seq for each in receiver.events] == [701, 702]
    device.change()
    receiver.take(*device.tell(2))
    assert [each.seq for each in receiver.events] == [701, 702, 703] and receiver.missing() == []


def test_numbers_go_on_beyond_what_a_frame_can_hold() -> None:
    device = Device(random.Random(3), seq=65_530)
    frames = [device.heartbeat()]
    for number in range(20):
        device.change()
        frames.append(device.tell(number))
        frames.append(device.heartbeat())
    receiver = received(frames)
    assert [each.seq for each in receiver.events] == list(range(65_531, 65_551))


def test_after_a_power_cut_the_order_is_known_and_the_time_is_not() -> None:
    device = Device(random.Random(5))
    frames = [device.heartbeat()]
    device.change()
    device.change()
    device.epoch, device.wake, device.offset_s = 2, 1, device.clock_s
    frames.append(device.tell(1))
    receiver = received(frames)
    assert [(each.seq, each.time_s, each.uncertainty_s) for each in receiver.events] == [
        (1, None, None),
        (2, None, None),
    ]
    assert receiver.state == STATE_NAMES[device.state] and receiver.since_s is None
    assert receiver.missing() == []


def test_the_better_time_counts() -> None:
    device = Device(random.Random(6))
    happened = device.change()
    fresh = device.tell(0)
    device.clock_s += 5000
    device.wake += 1
    late = device.tell(0)
    for order in ((fresh, late), (late, fresh)):
        (told,) = received(list(order)).events
        assert told.uncertainty_s == 1 and told.time_s is not None
        assert abs(told.time_s - happened.clock_ms / 1000) <= 1
        assert (
            told.confidence
            == payload.LEVELS[max(i for i, x in enumerate(payload.LEVELS) if x <= happened.confidence)] / 100
        )


def test_a_foreign_payload_changes_nothing() -> None:
    device, frames = day(7, changes=5)
    receiver = received(frames)
    before = receiver.events
    for fport, data in ((1, b"\x01"), (2, b""), (99, b"\x01\x02\x03\x04")):
        with pytest.raises(ToolError):
            receiver.take(fport, data, 1000, 0.0)
    assert receiver.events == before


def test_random_bytes_never_break_a_receiver() -> None:
    chance = random.Random(8)
    receiver = Receiver()
    for number in range(3000):
        data = bytes(chance.randrange(256) for _ in range(chance.choice((4, 5, 7, 9, 10, 11))))
        try:
            receiver.take(chance.choice((1, 2, 3)), data, number, float(number))
        except ToolError:
            continue
    seqs = [each.seq for each in receiver.events]
    assert seqs == sorted(set(seqs))


def test_answers_to_commands_are_no_events() -> None:
    present = Event(event.CHANGE, FREE, "departure", 0, 1, 1)
    receiver = Receiver()
    assert receiver.take(payload.STATUS_PORT, payload.answer(0, 255, present), 1, 10.0) == []
    assert receiver.events == [] and receiver.missing() == []
