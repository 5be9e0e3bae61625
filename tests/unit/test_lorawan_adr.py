"""ADR back-off: when it asks, and what it gives up step by step."""

from air_bench import Bench, link_adr


def uplinks_until(bench: Bench, most: int) -> list:
    """Return (which uplink, asks, spreading factor, power) at each change while nobody answers."""
    changes, before = [], None
    for number in range(1, most + 1):
        bench.send(b"")
        asks = bool(bench.network.opened(bench.network.uplinks[-1])[0] & 0x40)
        _, _, _, sf, _, power_dbm = bench.radio.frames[-1]
        now = (asks, sf, power_dbm)
        if now != before:
            changes.append((number, asks, sf, power_dbm))
            before = now
        if number % 40 == 0:
            bench.restart(bench.mac.dump())
    return changes


def test_silence_costs_power_then_data_rate_then_channels() -> None:
    bench = Bench()
    bench.join().link_check()
    bench.network.say(b"\x02\x50\x01")
    bench.send()
    bench.network.say(link_adr(5, 3, 0x01, transmissions=1))
    bench.send()
    assert uplinks_until(bench, 320) == [
        (1, False, 7, 8), (64, True, 7, 8), (96, True, 7, 14), (128, True, 8, 14), (160, True, 9, 14),
        (192, True, 10, 14), (224, True, 11, 14), (256, True, 12, 14), (288, False, 12, 14),
    ]  # fmt: skip
    assert len({frame[2] for frame in bench.radio.frames[-30:]}) == 3  # the default channels are back


def test_a_downlink_starts_the_count_anew() -> None:
    bench = Bench()
    bench.join()
    assert uplinks_until(bench, 100)[1] == (64, True, 7, 14)
    bench.network.say()
    bench.send(b"")
    assert uplinks_until(bench, 70) == [(1, False, 7, 14), (64, True, 7, 14)]


def test_back_off_survives_a_power_cut() -> None:
    bench = Bench()
    bench.join()
    uplinks_until(bench, 130)
    bench.restart(b"")
    bench.send(b"")
    assert bench.radio.frames[-1][3] == 8


def test_without_adr_nothing_is_asked_and_nothing_given_up() -> None:
    bench = Bench(adr=False)
    bench.join()
    assert uplinks_until(bench, 140) == [(1, False, 7, 14)]
    assert bench.network.opened(bench.network.uplinks[-1])[0] == 0


def checked(margin_db: int, vehicle: bool = False, power: int = 0) -> tuple:
    """Return spreading factor and power after a link check told of a margin at SF7."""
    bench = Bench()
    bench.join()
    if power:
        bench.network.say(link_adr(5, power, 0x07))
        bench.send()
    bench.mac.vehicle_above = vehicle
    bench.mac.link_check()
    bench.network.say(bytes((0x02, margin_db, 1)))
    bench.send()
    bench.send()
    return bench.radio.frames[-1][3], bench.radio.frames[-1][5]


def test_a_margin_that_a_vehicle_would_eat_costs_data_rate_at_once() -> None:
    assert checked(15) == (7, 14)
    assert checked(14) == (8, 14)
    assert checked(6) == (11, 14)  # 6 dB and four steps of 2.5
    assert checked(0) == (12, 14)


def test_power_comes_back_before_data_rate_goes() -> None:
    assert checked(12, power=3) == (7, 12)
    assert checked(4, power=3) == (9, 14)


def test_with_a_vehicle_above_any_margin_will_do() -> None:
    assert checked(0, vehicle=True) == (7, 14)
