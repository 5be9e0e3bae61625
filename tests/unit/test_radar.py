"""What the radar's classifier says of sweeps; ten range gates of a pulsed coherent radar."""

from baysense.core import radar
from baysense.core.confirm import ABSENT, PRESENT, UNSURE

EMPTY = [73, 44, 41, 40, 41, 39, 41, 40, 42, 41]
DISTURBED = [134, 78, 41, 40, 42, 40, 41, 40, 40, 41]  # interference lifts the two nearest gates
VEHICLE = [247, 236, 197, 141, 108, 92, 97, 80, 71, 60]
FAR_VEHICLE = [113, 52, 59, 85, 82, 54, 50, 52, 53, 45]  # weaker at the near gates than interference alone
BARELY = [150, 88, 50, 44, 42, 41, 42, 41, 40, 40]


def raised(gates: list[int], gate: int, by: int) -> list[int]:
    return [value + by if place == gate else value for place, value in enumerate(gates)]


def test_an_empty_bay() -> None:
    assert radar.vehicle(EMPTY) == ABSENT


def test_interference_is_no_vehicle() -> None:
    assert radar.vehicle(DISTURBED) == ABSENT
    assert radar.vehicle(raised(DISTURBED, 0, 2000)) == ABSENT  # one near gate alone never makes one


def test_a_vehicle() -> None:
    assert radar.vehicle(VEHICLE) == PRESENT
    assert radar.vehicle(FAR_VEHICLE) == PRESENT


def test_a_weak_echo_is_left_open() -> None:
    assert radar.EMPTY_BELOW <= radar.score(BARELY) < radar.VEHICLE_FROM
    assert radar.vehicle(BARELY) == UNSURE


def test_an_echo_in_the_middle_gates_speaks_for_a_vehicle() -> None:
    for gate in range(radar.NEAR_GATES, 8):
        assert radar.score(raised(DISTURBED, gate, 10)) > radar.score(DISTURBED) + radar.UNIT // 2, gate


def test_strong_echoes_count_no_more_than_the_limit() -> None:
    flooded = [25000] * radar.GATES
    assert radar.vehicle(flooded) == PRESENT
    assert radar.score(flooded) == radar.score([30000] * radar.GATES)
    assert radar.score(flooded) < 1 << 30  # a small integer on a 32-bit board
    assert radar.score([0] * radar.GATES) == radar.score(list(radar.LOWEST))


def test_sweeps_are_judged_by_their_mean() -> None:
    assert radar.burst([DISTURBED, DISTURBED, FAR_VEHICLE]) == UNSURE
    assert radar.burst([EMPTY, EMPTY, EMPTY]) == ABSENT
    assert radar.burst([VEHICLE, FAR_VEHICLE, BARELY]) == PRESENT
    assert radar.burst([BARELY]) == radar.vehicle(BARELY)


def test_the_sweeps_are_left_as_they_are() -> None:
    sweep = list(VEHICLE)
    radar.vehicle(sweep)
    assert sweep == VEHICLE
