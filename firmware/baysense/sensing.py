"""The field at the bay: follow a movement to its end, arm the wake pin."""

from array import array

from micropython import const

from baysense import stages
from baysense.core import faults
from baysense.core.budget import WakeBudget
from baysense.core.detector import CHANGED, CONFIRM, HOLD, REST, Detector
from baysense.magnetometer import open_sensor

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.glance import Glance
    from baysense.node import Node
    from contract import Magnetometer

_QUIET_SAMPLES = const(4)
_ARM_TRIES = const(3)
_ONSET_SAMPLES = const(8)  # so many show whether what moved the pin goes on: the filter hides the first
_LONGEST_MS = const(100_000)  # the detector gives up after 90 s, the watchdog after 120
_SILENT_READS = const(30)  # so often no new data: 3 s at 10 Hz
_CHECK_S = const(3600)  # the range sensor is looked through no oftener, unasked

# Looked at anew by every wake.
EVERY_WAKE = faults.SENSOR_ABSENT | faults.PIN_STUCK | faults.WAKE_STORM
_OF_SENSOR = faults.SENSOR_STUCK | faults.SENSOR_SATURATED | faults.MAGNET  # last until the field settled anew
_BY_DETECTOR = _OF_SENSOR | faults.CALIBRATING | faults.CHATTER


def wake(node: "Node") -> bool:
    """Do the measuring of a wake from deep sleep, after a glance, if any; return whether the wake pin is armed."""
    glance = node.glance
    node.faults |= node.recall.faults & ~EVERY_WAKE
    node.clear(faults.SENSOR_ABSENT)
    begin(node, node.recall.settings())
    try:
        sensor = open_sensor(node) if glance is None else glance.sensor
        changed = decided(node, look(node, sensor, glance))
        if node.cause == "deviation":
            node.budget.wake(changed, node.clock_s())
        else:
            check(node)
        return settle(node, sensor)
    except OSError as error:
        return blind(node, error)


def begin(node: "Node", config: dict) -> None:
    """Set the detector to work, with what it remembers; a later call begins anew with its present knowledge."""
    known = node.recall.detector
    if node.detector is not None:
        known = node.detector.dump()
        node.begin_measuring()
    if config["confirm_range"] and node.board.RANGE is None:  # nobody would answer
        config = dict(config)
        config["confirm_range"] = False
    node.detector = Detector(config, known or None, node.begun_clock_ms // 1000)
    node.detector.faults |= node.faults & _OF_SENSOR
    if node.budget is None:
        node.budget = WakeBudget(node.recall.budget)


def settle(node: "Node", sensor: "Magnetometer") -> bool:
    """Arm the wake pin and remember; what moves from now on ends the sleep that follows at once."""
    watch = arm(node, sensor)
    if node.budget.storm:
        node.fault(faults.WAKE_STORM)
    catch_up(node)
    stages.remember(node, watch)
    return watch


def blind(node: "Node", error: OSError) -> bool:
    """Go on without the sensor: say so, keep the state, look again later."""
    print("magnetometer:", error)
    node.fault(faults.SENSOR_ABSENT)
    catch_up(node)
    stages.remember(node, False)
    return False


def catch_up(node: "Node") -> None:
    """Record what has come due: a change that was held back, an alarm for a keep-clear zone."""
    recall, now_s = node.recall, node.clock_s()
    recall.state = node.detector.state
    due_s = recall.alarm_due_s()
    alarm = due_s is not None and now_s >= due_s
    tell = recall.held_back and (alarm or (now_s >= recall.heartbeat_due_s and node.report_due()))
    if alarm or tell:
        from baysense import recording

        if tell:
            recording.record_held_back(node)
        if alarm:
            recording.record_dwell(node)


def decided(node: "Node", verdict: int) -> bool:
    """Take note of faults, and of a change of state, if there is one; return whether there is."""
    _take_faults(node)
    if verdict != CHANGED:
        return False
    from baysense import recording

    if node.detector.chatter:
        recording.hold_back(node)
    else:
        recording.record_change(node)
    return True


def _take_faults(node: "Node") -> None:
    detector = node.detector
    present = detector.faults | (faults.CHATTER if detector.chatter else 0)
    node.clear(_BY_DETECTOR & ~present)
    node.fault(present)
    detector.faults &= _BY_DETECTOR  # what else there is is told once


def check(node: "Node") -> None:
    """Look through the range sensor, when that is due: what it sees may be other than what is believed."""
    recall = node.recall
    if node.board.RANGE is None or node.clock_s() < recall.check_due_s:
        return
    recall.check_due_s = node.clock_s() + _CHECK_S
    from baysense import ranging

    present = ranging.check(node)
    decided(node, node.detector.audit(node.elapsed_ms(), present))


def look(node: "Node", sensor: "Magnetometer", glance: "Glance | None") -> int:
    """Do what a wake is for: follow a movement, or take a quiet reading; return the detector's last verdict."""
    moved = node.cause == "deviation" or (sensor.can_watch and node.board.deviation_active())
    if glance is not None:
        verdict = glance.replay(node.detector)
    elif moved:
        verdict = HOLD
    else:
        verdict = take_reading(node, sensor)
    if moved:
        sensor.clear()
    return follow_up(node, sensor, verdict)


def follow_up(node: "Node", sensor: "Magnetometer", verdict: int) -> int:
    """Do what the detector wants until it wants no more; return its last verdict."""
    while verdict in (HOLD, CONFIRM):  # asked, it may want to look on and ask again
        verdict = follow(node, sensor) if verdict == HOLD else confirmed(node, verdict)
    return verdict


def follow(node: "Node", sensor: "Magnetometer", least: int = 1) -> int:
    """Sample until the field has settled, `least` samples at least; return the detector's verdict."""
    reading = array("i", (0, 0, 0, 0))
    verdict = HOLD
    silent = 0
    node.feed()
    begun_ms = node.elapsed_ms()
    while verdict == HOLD or (verdict == REST and least > 0):
        silent += 1
        if sensor.read_into(reading):
            silent = 0
            least -= 1
            verdict = sample(node, reading)
        if silent > _SILENT_READS:
            raise OSError("gives no new data")
        if node.elapsed_ms() - begun_ms > _LONGEST_MS:
            raise OSError("gives data too seldom")
        if verdict == HOLD or least > 0:
            node.pause(sensor.period_ms)
    return verdict


def sample(node: "Node", reading: "array[int]") -> int:
    """Give the detector a sample; return its verdict."""
    return node.detector.sample(node.elapsed_ms(), reading[0], reading[1], reading[2], reading[3])


def take_reading(node: "Node", sensor: "Magnetometer") -> int:
    """Average a few samples of the quiet field and give them to the detector."""
    reading = array("i", (0, 0, 0, 0))
    total = array("i", (0, 0, 0, 0))
    taken = 0
    for _ in range(3 * _QUIET_SAMPLES):
        if sensor.read_into(reading):
            for axis in range(4):
                total[axis] += reading[axis]
            taken += 1
        if taken == _QUIET_SAMPLES:
            break
        node.pause(sensor.period_ms)
    if not taken:
        raise OSError("gives no new data")
    for axis in range(4):
        total[axis] //= taken
    verdict = node.detector.rest(node.elapsed_ms(), total[0], total[1], total[2], total[3])
    return verdict


def confirmed(node: "Node", verdict: int) -> int:
    """Ask the range sensor when the detector is in doubt."""
    if verdict != CONFIRM:
        return verdict
    from baysense import ranging

    return node.detector.confirm(ranging.vehicle_above(node))


def arm(node: "Node", sensor: "Magnetometer") -> bool:
    """Make the wake pin watch for a deviation from the settled field; False when it would wake at once."""
    if not sensor.can_watch:
        return False
    settled = node.detector.settled
    for tried in range(_ARM_TRIES):
        # a restless place, a drill nearby: better less sensitive than blind
        threshold_nt = node.budget.threshold_nt(node.recall.wake_threshold_nt) << tried
        sensor.watch(settled[0], settled[1], settled[2], threshold_nt)
        node.pause(2 * sensor.period_ms)  # the first sample still compared with the old offset
        sensor.clear()
        node.pause(2 * sensor.period_ms)
        if not node.board.deviation_active():
            return True
        sensor.clear()
        decided(node, follow_up(node, sensor, follow(node, sensor, _ONSET_SAMPLES)))
    node.fault(faults.PIN_STUCK)
    return False
