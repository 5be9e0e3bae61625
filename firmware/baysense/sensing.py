"""The field at the bay: open the magnetometer, follow a movement to its end, arm the wake pin."""

from array import array

from baysense.core import faults
from baysense.core.budget import WakeBudget
from baysense.core.detector import CHANGED, CONFIRM, HOLD, Detector

_QUIET_SAMPLES = 4
_ARM_TRIES = 3

# name in board.MAGNETOMETER -> its class
_DRIVERS = {"iis2mdc": "IIS2MDC", "qmc5883l": "QMC5883L"}

# Faults that describe the moment; they are set again while they last.
_MOMENTARY = (
    faults.SENSOR_ABSENT
    | faults.PIN_STUCK
    | faults.WAKE_STORM
    | faults.BATTERY_LOW
    | faults.BATTERY_CUTOFF
    | faults.RANGE_ABSENT
    | faults.UPLINK_FAILED
    | faults.WIFI_NO_NETWORK
    | faults.WIFI_PASSWORD
)


def wake(node: object) -> bool:
    """Do the measuring of a wake from deep sleep; return whether the wake pin is armed."""
    node.faults = node.recall.faults & ~_MOMENTARY
    begin(node, node.recall.settings())
    try:
        sensor = open_sensor(node)
        changed = decided(node, look(node, sensor))
        if node.cause == "deviation":
            node.budget.wake(changed, node.clock_s())
        return settle(node, sensor)
    except OSError as error:
        return blind(node, error)


def begin(node: object, config: dict) -> None:
    """Begin to measure now, with what the detector remembers."""
    known = node.recall.detector if node.detector is None else node.detector.dump()
    node.begun_ms += node.elapsed_ms()
    node.begun_clock_ms = node.clock_ms()
    node.detector = Detector(config, known or None, node.begun_clock_ms // 1000)
    if node.budget is None:
        node.budget = WakeBudget(node.recall.budget)


def settle(node: object, sensor: object) -> bool:
    """Arm the wake pin and remember; what moves from now on ends the sleep that follows at once."""
    watch = arm(node, sensor)
    if node.budget.storm:
        node.fault(faults.WAKE_STORM)
    node.remember()
    return watch


def blind(node: object, error: OSError) -> bool:
    """Go on without the sensor: say so, keep the state, look again later."""
    print("magnetometer:", error)
    node.fault(faults.SENSOR_ABSENT)
    node.remember()
    return False


def decided(node: object, verdict: int) -> bool:
    """Record a change of state, if there is one; return whether there is."""
    if verdict != CHANGED:
        return False
    from baysense import recording

    recording.record_change(node)
    return True


def open_sensor(node: object) -> object:
    """Return the magnetometer, configured; raise OSError when it does not answer."""
    board = node.board
    name = board.MAGNETOMETER
    module = __import__("baysense.drivers." + name, None, None, (name,))
    sensor = getattr(module, _DRIVERS[name])(board.field_bus(), board.MAGNETOMETER_ADDRESS)
    if not sensor.start() and node.cause in ("timer", "deviation"):
        node.fault(faults.SENSOR_RESET)  # browned out alone: it would have been deaf for ever
    return sensor


def look(node: object, sensor: object) -> int:
    """Do what a wake is for: follow a movement, or take a quiet reading; return the detector's verdict."""
    moved = node.cause == "deviation" or (sensor.can_watch and node.board.deviation_active())
    verdict = HOLD if moved else take_reading(node, sensor)
    if moved:
        sensor.clear()
    if verdict == HOLD:
        verdict = follow(node, sensor)
    return confirmed(node, verdict)


def follow(node: object, sensor: object) -> int:
    """Sample until the field has settled; return the detector's verdict."""
    reading = array("i", (0, 0, 0, 0))
    detector = node.detector
    verdict = HOLD
    while verdict == HOLD:
        if sensor.read_into(reading):
            verdict = detector.sample(node.elapsed_ms(), reading[0], reading[1], reading[2], reading[3])
        if verdict == HOLD:
            node.pause(sensor.period_ms)
    node.fault(detector.faults)
    return verdict


def take_reading(node: object, sensor: object) -> int:
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


def confirmed(node: object, verdict: int) -> int:
    """Ask the range sensor when the detector is in doubt."""
    if verdict != CONFIRM:
        return verdict
    from baysense import ranging

    return node.detector.confirm(ranging.vehicle_above(node))


def arm(node: object, sensor: object) -> bool:
    """Make the wake pin watch for a deviation from the settled field; False when it would wake at once."""
    if not sensor.can_watch:
        return False
    settled = node.detector.settled
    for _ in range(_ARM_TRIES):
        threshold_nt = node.budget.threshold_nt(node.recall.wake_threshold_nt)
        sensor.watch(settled[0], settled[1], settled[2], threshold_nt)
        node.pause(2 * sensor.period_ms)  # the first sample still compared with the old offset
        sensor.clear()
        node.pause(2 * sensor.period_ms)
        if not node.board.deviation_active():
            return True
        sensor.clear()
        decided(node, confirmed(node, follow(node, sensor)))
    node.fault(faults.PIN_STUCK)
    return False

