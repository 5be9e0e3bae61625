"""Sensor errors: fixed by the seed, as large as the reference says, and never from a global generator."""

import random
import statistics
import struct

from baysense_host.virtual.chips.iis2mdc import IIS2MDC
from baysense_host.virtual.chips.noise import IDEAL, SensorErrors, gaussian, uniform
from chip_bench import EARTH_UT, Bench, Bus

ADDRESS = 0x1E


def readings(
    seed: int, temperature_c: float = 25.0, config_a: int = 0x80, config_b: int = 0x03
) -> list[tuple[int, ...]]:
    """Return 200 samples [LSB]."""
    bench = Bench(seed)
    chip = IIS2MDC(bench)
    bench.start(chip)
    bench.environment.temperature = temperature_c
    bus = Bus(chip)
    bus.writeto_mem(ADDRESS, 0x60, bytes((config_a, config_b)))
    samples = []
    bench.run_ms(9.4)
    for _ in range(200):
        bench.run_ms(100)
        samples.append(struct.unpack("<3h", bus.readfrom_mem(ADDRESS, 0x68, 6)))
    return samples


def test_same_seed_same_readings() -> None:
    random.seed(1)
    first = readings(7)
    random.seed(2)
    assert readings(7) == first
    assert readings(8) != first


def test_when_and_how_often_it_is_read_does_not_change_a_sample() -> None:
    def last(end_ms: int, steps: int) -> bytes:
        bench = Bench(3)
        chip = IIS2MDC(bench)
        bench.start(chip)
        bus = Bus(chip)
        bus.writeto_mem(ADDRESS, 0x60, b"\x80")
        for _ in range(steps):
            bench.run_ms(end_ms / steps)
            data = bus.readfrom_mem(ADDRESS, 0x68, 6)
        return data

    assert last(9_950, 1) == last(10_000, 100)


def test_gaussians_are_gaussian() -> None:
    values = [gaussian(5, index, axis) for index in range(20_000) for axis in range(3)]
    assert abs(statistics.fmean(values)) < 0.02
    assert abs(statistics.pstdev(values) - 1) < 0.02
    assert 0.0017 < sum(abs(v) > 3 for v in values) / len(values) < 0.0037
    neighbours = statistics.correlation(values[:-1], values[1:])
    assert abs(neighbours) < 0.02


def test_uniform_covers_its_range() -> None:
    values = [uniform(seed, 1) for seed in range(5000)]
    assert -1 <= min(values) < -0.99 and 0.99 < max(values) < 1
    assert abs(statistics.fmean(values)) < 0.05


def test_noise_is_what_the_filter_promises() -> None:
    for config_b, expected_ut in ((0x03, 0.3), (0x00, 0.45)):
        for axis in zip(*readings(4, config_b=config_b), strict=True):
            noise_ut = statistics.pstdev(axis) * 0.15
            assert 0.8 * expected_ut < noise_ut < 1.2 * expected_ut


def test_drift_stays_within_the_part_and_grows_without_compensation() -> None:
    def drift_ut_per_c(config_a: int) -> list[float]:
        cold, hot = readings(6, 0.0, config_a), readings(6, 40.0, config_a)
        means = zip(
            *[[statistics.fmean(axis) for axis in zip(*run, strict=True)] for run in (cold, hot)], strict=True
        )
        return [(b - a) * 0.15 / 40 for a, b in means]

    trimmed, untrimmed = drift_ut_per_c(0x80), drift_ut_per_c(0x00)
    assert all(abs(value) < 0.035 for value in trimmed)
    assert max(abs(value) for value in untrimmed) > 3 * max(abs(value) for value in trimmed)


def test_parts_differ_within_their_limits() -> None:
    parts = [SensorErrors.drawn(seed, 6.0, 0.03, 0.07) for seed in range(200)]
    offsets = [part.offset_ut[0] for part in parts]
    assert -6 <= min(offsets) < -5 and 5 < max(offsets) <= 6
    assert all(0.93 <= gain <= 1.07 for part in parts for gain in part.scale)
    assert len({part.drift_ut_per_c for part in parts}) == 200


def test_ideal_sensor_only_quantises() -> None:
    bench = Bench()
    chip = IIS2MDC(bench)
    chip.errors = IDEAL
    bench.start(chip)
    bench.environment.temperature = 60.0
    bus = Bus(chip)
    bus.writeto_mem(ADDRESS, 0x60, b"\x80")
    bench.run_ms(109.4)
    shown = struct.unpack("<3h", bus.readfrom_mem(ADDRESS, 0x68, 6))
    assert shown == tuple(round(v / 0.15) for v in EARTH_UT)
