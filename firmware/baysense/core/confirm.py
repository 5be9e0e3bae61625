"""What the readings of a range sensor say that looks up from the road.

Pure. A vehicle's floor stands still over the sensor, from some 120 mm to 1 m above the road. A person, a dog or
a trolley pushed along scatters. Leaves, snow and water lie on the window: they echo from within the blind zone, or
swallow the echo. When the readings do not agree, the word is UNSURE: the detector then keeps what it knows.
"""

ABSENT = 0
PRESENT = 1
UNSURE = 2
BLOCKED = 3  # something lies on the window: nothing is known about what is above

NEAR_MM = 60  # blind zone of the A02YYUW is 30 mm, twice that with a wet leaf's thickness; no floor is so low
_LOWEST_MM = 120  # floors of cars are at 150–600 mm above the road, less the sensor's own height
_HIGHEST_MM = 1000  # floors of lorries up to 900 mm; a canopy or a tree is higher
_STEADY_MM = 50  # springs move a floor by so much while people get in and out; noise is 10 mm [assumed]
_TOF_VALID = 0  # range status of ST's VL53L1X and VL53L4CD
_TOF_NO_ECHO = 2  # signal too weak: open sky


def ultrasonic(readings_mm: list[int | None]) -> int:
    """Return what several readings over 1 to 2 s say [mm]: 0 = no echo, None = no valid frame."""
    asked = len(readings_mm)
    agree = (3 * asked + 3) // 4  # three quarters: four of five
    near = far = 0
    floors = []
    for mm in readings_mm:
        if mm is None:
            continue
        if not mm or mm > _HIGHEST_MM:
            far += 1
        elif mm < NEAR_MM:
            near += 1
        elif mm >= _LOWEST_MM:
            floors.append(mm)
    if near > asked // 3:  # two of five: nothing else reads so near, but ripples on water and snow lose echoes
        return BLOCKED
    if far >= agree:
        return ABSENT
    return PRESENT if _steady(floors, agree) else UNSURE


def tof(readings_mm: list[int], status: list[int]) -> int:
    """Return what several readings of a time-of-flight sensor say [mm], each with its range status."""
    readings: list[int | None] = []
    for place, mm in enumerate(readings_mm):
        if status[place] == _TOF_NO_ECHO:
            readings.append(0)
        elif status[place] == _TOF_VALID:
            readings.append(max(mm, 1))  # cover glass that is dirty reads 0
        else:
            readings.append(None)
    return ultrasonic(readings)


def _steady(floors_mm: list[int], agree: int) -> bool:
    """Tell whether so many of the readings lie close together."""
    floors_mm.sort()
    for last in range(agree - 1, len(floors_mm)):
        if floors_mm[last] - floors_mm[last - agree + 1] <= _STEADY_MM:
            return True
    return False
