"""The firmware's MAC beside pamoja's end device: join back-off, ADR back-off, answers, regions."""

from random import Random

import pytest

native = pytest.importorskip(
    "pamoja._native", reason="pamoja-native is not installed: no second device to compare with"
)

from air_bench import APP_KEY, DEV_EUI, JOIN_EUI, Bench  # noqa: E402
from baysense.lorawan import regions  # noqa: E402
from baysense.lorawan.airtime import airtime_us  # noqa: E402

HOUR_US = 3_600_000_000
STEP_US = airtime_us(23, 12, 125)  # a join-request at the slowest data rate
STAGES_H = ((0, 1), (1, 11), (11, 35))
TURN_US = 20_000_000
MARGIN = b"\x02\x7f\x01"  # a LinkCheckAns: so good a link that every data rate is right


def pamoja_device(duty_cycle: bool) -> "native.LorawanEndDevice":
    settings = native.LorawanDeviceSettings(-9, 14, seed=1, antenna_gain_db=2, regional_duty_cycle=duty_cycle)
    credentials = native.LorawanDevice(DEV_EUI, JOIN_EUI, APP_KEY)
    return native.LorawanEndDevice.over_the_air(native.ChannelPlan.for_region("EU868"), credentials, settings)


def pamoja_joined() -> "tuple[native.LorawanEndDevice, native.LorawanSession]":
    device, grant = pamoja_device(False), native.LorawanGrant(1, 0x13, 0x26011234)
    device.join(1, 0)
    device.heard(grant.accept(APP_KEY, 1), 5, "rx1")
    return device, grant.session(APP_KEY, 1)


def pamoja_requests(until_us: int) -> list[tuple[int, int, int]]:
    """Return (when, data rate, air time) of each join-request that nobody answers."""
    device, now_us, found = pamoja_device(True), 0, []
    while now_us < until_us:
        try:
            sent = device.join(len(found), now_us)
        except native.LorawanDeviceError as error:  # "the air is not free until ..."
            now_us = int(str(error).split()[-1])
            continue
        found.append((now_us, sent.data_rate, sent.airtime_us))
        now_us += sent.airtime_us + 7_000_000
        now_us = max(now_us, device.nothing_heard(now_us).not_before_us or 0)
    return found


def our_requests(until_us: int) -> list[tuple[int, int, int]]:
    bench = Bench()
    bench.network.deaf = True
    began_us = bench.clock.t_us
    while bench.clock.t_us < began_us + until_us:
        bench.waiting(bench.mac.join)
        bench.restart(bench.mac.dump())
    return [(frame[0] - began_us, 12 - frame[3], airtime_us(23, frame[3], 125)) for frame in bench.radio.frames]


def test_join_back_off_over_40_hours() -> None:
    ours, theirs = our_requests(40 * HOUR_US), pamoja_requests(40 * HOUR_US)
    for from_h, until_h in STAGES_H:
        air = [
            sum(air_us for at_us, _, air_us in requests if from_h * HOUR_US <= at_us < until_h * HOUR_US)
            for requests in (ours, theirs)
        ]
        assert abs(air[0] - air[1]) <= STEP_US, (from_h, air)
    both = min(len(ours), len(theirs))
    assert both > 140 and [rate for _, rate, _ in ours[:both]] == [rate for _, rate, _ in theirs[:both]]


def test_adr_back_off_over_40_hours() -> None:
    """One uplink every five minutes, none answered: both ask, and step down, within one uplink of each other."""
    bench, (device, _) = Bench(), pamoja_joined()
    bench.join()
    began_us, number = bench.clock.t_us, 0
    ours: dict[tuple[bool, int], int] = {}
    theirs: dict[tuple[bool, int], int] = {}
    while bench.clock.t_us < began_us + 40 * HOUR_US:
        number += 1
        bench.send(b"abcd")
        asks = bool(bench.network.opened(bench.network.uplinks[-1])[0] & 0x40)
        ours.setdefault((asks, 12 - bench.radio.frames[-1][3]), number)
        now_us = bench.clock.t_us
        sent = device.send(1, b"abcd", now_us)
        device.nothing_heard(now_us + 10_000_000)
        theirs.setdefault((bool(sent.frame[5] & 0x40), sent.data_rate), number)
        bench.clock.wait_s(300)
        if number % 20 == 0:
            bench.restart(bench.mac.dump())
    assert number > 400 and ours.keys() == theirs.keys() and len(ours) == 8
    assert all(abs(ours[step] - theirs[step]) <= 1 for step in ours), (ours, theirs)


def command(chance: Random) -> bytes:
    """Return a command whose fields are ones that EU868 defines, for radios that do LoRa only."""
    hz = chance.choice((868_100_000, 867_100_000, 869_525_000, 869_900_000, 868_800_000, 863_200_000))
    frequency = (hz // 100).to_bytes(3, "little")
    mask = chance.choice((0, 1, 5, 7, 8, 0xFF)).to_bytes(2, "little")
    rates, index = chance.choice((0x50, 0x60, 0x66, 0x33, 0x05)), chance.randrange(16)
    adr = bytes((3, chance.randrange(7) << 4 | chance.randrange(9))) + mask
    return chance.choice(
        (
            adr + bytes((chance.randrange(1, 4),)),
            adr + b"\x61",
            adr + b"\x01" + adr[:2] + b"\x07\x00\x01",
            b"\x03\xff" + mask + b"\x00",
            bytes((4, chance.randrange(16))),
            bytes((5, chance.randrange(8) << 4 | chance.randrange(7))) + frequency,
            b"\x06",
            bytes((7, index)) + frequency + bytes((rates,)),
            bytes((8, chance.randrange(16))),
            b"\x09\x15",
            bytes((10, index)) + frequency,
            b"\x06\x0b\x06",
        )
    )


def pamoja_answer(commands: bytes) -> tuple[bytes, int, int]:
    """Return the answers, data rate and power [dBm] of the next uplink."""
    device, session = pamoja_joined()
    device.send(1, b"a", 0)
    device.heard(session.encode_downlink(0, 0, commands), 7, "rx1")
    sent = device.send(1, b"a", TURN_US)
    return sent.frame[8 : 8 + (sent.frame[5] & 15)], sent.data_rate, sent.output_dbm


def our_answer(commands: bytes) -> tuple[bytes, int, int]:
    bench = Bench()
    bench.join().link_check()
    bench.network.say(MARGIN)
    bench.send()
    bench.network.say(fport=0, payload=commands)
    bench.send(b"a")
    bench.clock.wait_s(3600)
    bench.send(b"a")
    _, _, _, sf, bw_khz, power_dbm = bench.radio.frames[-1]
    rate = bench.network.region.DATA_RATES.index((sf, bw_khz))
    return bench.network.opened(bench.network.uplinks[-1])[2], rate, power_dbm


def test_commands_are_answered_as_pamoja_answers_them() -> None:
    chance = Random(11)
    for _ in range(300):
        commands = command(chance)
        assert our_answer(commands) == pamoja_answer(commands), commands.hex()


@pytest.mark.parametrize("name", ["EU868", "US915", "AU915", "IN865"])
def test_regions_are_those_of_pamoja(name: str) -> None:
    region, channels = regions.opened(name)
    plan = native.ChannelPlan.for_region(name)
    assert plan.rx2() == (region.RX2_HZ, region.RX2_RATE)
    for rate in range(region.UPLINK_RATES):
        settings = plan.data_rate(rate)
        assert region.DATA_RATES[rate] == (settings.spreading_factor, settings.bandwidth_hz // 1000)
        assert region.MOST_BYTES[rate] == plan.max_payload(rate, "uplink_repeater").application
        for offset, step in enumerate(region.RX1_OFFSETS):
            ours = max(region.RX1_LOW, min(region.RX1_HIGH, rate + region.RX1_SHIFT - step))
            assert plan.rx1_data_rate(rate, offset) in (ours, 7), (rate, offset)  # 7: FSK, which we do not have
        assert plan.rx1_data_rate(rate, len(region.RX1_OFFSETS)) is None
    for rate in range(8, len(region.DATA_RATES)):
        settings = plan.data_rate(rate, "downlink")
        assert region.DATA_RATES[rate] == (settings.spreading_factor, settings.bandwidth_hz // 1000)
    ours = channels(region, 0)
    for i in range(plan.info().default_channel_count):
        assert ours.hz(i) == plan.channel_frequency_hz(i)
        assert ours.rx1_hz(i) == plan.rx1_frequency_hz(i, ours.hz(i))
    assert plan.info().max_tx_power_index + 1 == region.POWERS
