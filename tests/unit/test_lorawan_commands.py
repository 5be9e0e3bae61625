"""The ten MAC commands: what they change, what is answered, and which answers are repeated."""

from air_bench import Bench, link_adr

DEFAULT = 0x07  # the three default channels


def joined(region: str = "EU868", sub_band: int = 0) -> Bench:
    """Return a bench with a session and so good a link that every data rate is right."""
    bench = Bench(region, sub_band)
    bench.join().link_check()
    bench.network.say(b"\x02\x50\x01")
    bench.send()
    return bench


def told(bench: Bench, commands: bytes) -> bytes:
    """Return the MAC's answers to commands."""
    bench.network.say(commands)
    bench.send()
    bench.send(b"")
    return bench.network.opened(bench.network.uplinks[-1])[2]


def test_link_adr_sets_data_rate_power_and_channels() -> None:
    bench = joined()
    assert told(bench, link_adr(3, 2, 0x05)) == b"\x03\x07"
    for _ in range(20):
        bench.send()
        _, _, hz, sf, bw_khz, power_dbm = bench.radio.frames[-1]
        assert (sf, bw_khz, power_dbm) == (9, 125, 10) and hz in (868_100_000, 868_500_000)
    assert told(bench, link_adr(15, 15, DEFAULT)) == b"\x03\x07"
    assert bench.radio.frames[-1][3:] == (9, 125, 10)


def test_link_adr_blocks_are_all_or_nothing() -> None:
    bench = joined()
    assert told(bench, link_adr(2, 1, 0x01) + link_adr(3, 1, 0x8000)) == b"\x03\x06\x03\x06"
    assert told(bench, link_adr(7, 1, 0x01)) == b"\x03\x05"  # FSK
    assert told(bench, link_adr(6, 1, 0x07)) == b"\x03\x05"  # no channel has it
    assert told(bench, link_adr(3, 8, 0x01)) == b"\x03\x03"
    assert told(bench, link_adr(3, 1, 0)) == b"\x03\x06"
    assert told(bench, link_adr(3, 1, 1, control=5)) == b"\x03\x06"
    assert bench.radio.frames[-1][3:] == (7, 125, 14)
    assert told(bench, link_adr(0, 0, 0x01) + link_adr(4, 1, 0x02)) == b"\x03\x07\x03\x07"
    bench.send()
    assert bench.radio.frames[-1][2:] == (868_300_000, 8, 125, 12)
    assert told(bench, link_adr(4, 1, 0, control=6)) == b"\x03\x07"
    assert len({bench.send() and bench.radio.frames[-1][2] for _ in range(30)}) == 3


def test_every_uplink_is_sent_as_often_as_the_network_wants() -> None:
    bench = joined()
    told(bench, link_adr(5, 0, DEFAULT, transmissions=3))
    del bench.network.uplinks[:], bench.radio.frames[:]
    result = bench.send(b"abc")
    frames = bench.network.uplinks
    assert len(frames) == 3 and frames[0] == frames[1] == frames[2] and result.airtime_us == 3 * 51_456
    starts = [frame[0] for frame in bench.radio.frames]
    for i in range(2):
        assert 3_000_000 <= starts[i + 1] - starts[i] <= 5_500_000
    bench.network.say(ack=True)
    assert bench.send(b"abc", True).acked and len(frames) == 4
    bench.network.say()
    assert not bench.send(b"abc").acked and len(frames) == 5
    bench.network.say()  # an answer, but not the one a confirmed uplink waits for
    assert not bench.send(b"abc", True).acked and len(frames) == 8
    assert told(bench, link_adr(5, 0, DEFAULT, transmissions=0)) == b"\x03\x07"  # 0: as it is
    del frames[:]
    bench.send()
    assert len(frames) == 3


def test_duty_cycle_of_all_bands_together() -> None:
    bench = joined()
    assert told(bench, b"\x04\x0b") == b"\x04"  # 1/2048
    began_us = bench.clock.t_us
    for _ in range(100):
        bench.send()
        bench.restart(bench.mac.dump())
    assert bench.clock.t_us - began_us >= (100 * 51_456 - 2_800_000) * 2048  # less what was saved up


def test_rx_param_setup_moves_the_windows_and_is_answered_until_a_downlink() -> None:
    bench = joined()
    hz = 869_525_000 // 100
    setup = b"\x05" + bytes((2 << 4 | 3,)) + hz.to_bytes(3, "little")
    assert told(bench, setup) == b"\x05\x07"
    network = bench.network
    network.rx1_offset, network.rx2_rate = 2, 3
    for _ in range(3):
        bench.send()
        assert network.opened(network.uplinks[-1])[2] == b"\x05\x07"
    assert [window[2] for window in bench.radio.windows[-2:]] == [9, 9]
    network.say()
    bench.send()
    bench.send()
    assert network.opened(network.uplinks[-1])[2] == b""
    assert told(bench, b"\x05\x63" + hz.to_bytes(3, "little")) == b"\x05\x03"
    assert told(bench, b"\x05\x0f" + hz.to_bytes(3, "little")) == b"\x05\x05"
    assert told(bench, b"\x05\x00\x01\x00\x00") == b"\x05\x06"
    bench.send()
    assert [window[2] for window in bench.radio.windows[-2:]] == [9, 9]


def test_dev_status_tells_battery_and_margin() -> None:
    bench = joined()
    assert told(bench, b"\x06") == b"\x06\xff\x07"
    bench.mac.battery, bench.radio.snr_db = 0, -20
    assert told(bench, b"\x06") == b"\x06\x00\x2c"
    bench.mac.battery, bench.radio.snr_db = 200, 90
    assert told(bench, b"\x06") == b"\x06\xc8\x1f"
    bench.send()
    assert bench.network.opened(bench.network.uplinks[-1])[2] == b""  # said once


def test_new_channel() -> None:
    bench = joined()

    def request(i: int, hz: int, rates: int) -> bytes:
        return b"\x07" + bytes((i,)) + (hz // 100).to_bytes(3, "little") + bytes((rates,))

    assert told(bench, request(3, 867_100_000, 0x50)) == b"\x07\x03"
    assert told(bench, request(4, 868_300_000, 0x66)) == b"\x07\x03"
    assert told(bench, request(5, 868_650_000, 0x50)) == b"\x07\x02"  # between two bands
    assert told(bench, request(5, 870_100_000, 0x50)) == b"\x07\x02"
    assert told(bench, request(5, 867_300_000, 0x35)) == b"\x07\x01"
    assert told(bench, request(5, 867_300_000, 0x75)) == b"\x07\x01"  # FSK
    assert told(bench, request(1, 867_300_000, 0x50)) == b"\x07\x00"  # a default channel
    assert told(bench, request(16, 867_300_000, 0x50)) == b"\x07\x00"
    assert told(bench, link_adr(6, 0, 0x18)) == b"\x03\x07"
    bench.send()
    assert bench.radio.frames[-1][2:5] == (868_300_000, 7, 250)
    assert told(bench, request(4, 0, 0)) == b"\x07\x03"  # the channel is gone: the next lower data rate
    bench.send()
    assert bench.radio.frames[-1][2:5] == (867_100_000, 7, 125)
    assert told(bench, request(3, 0, 0)) == b"\x07\x03"  # so is this: the default channels are back
    assert told(bench, link_adr(5, 0, 0x08)) == b"\x03\x06"


def test_rx_timing_setup() -> None:
    bench = joined()
    assert told(bench, b"\x08\x05") == b"\x08"
    bench.network.delay_s = 5
    assert told(bench, b"\x08\x00") == b"\x08"  # 0 means 1
    bench.network.delay_s = 1
    bench.network.say(fport=3)
    assert bench.send().downlink == (3, b"")


def test_dl_channel_moves_rx1() -> None:
    bench = joined()
    other = (869_850_000 // 100).to_bytes(3, "little")
    for i in range(3):
        assert told(bench, b"\x0a" + bytes((i,)) + other) == b"\x0a\x03"
    assert bench.radio.windows[-2][1] == 869_850_000
    bench.network.window = 2
    assert told(bench, b"\x0a\x07" + other) == b"\x0a\x01"
    assert told(bench, b"\x0a\x10" + other) == b"\x0a\x01"
    assert told(bench, b"\x0a\x00\x00\x00\x00") == b"\x0a\x02"


def test_tx_param_setup_is_for_regions_with_dwell_time() -> None:
    bench = joined()
    assert told(bench, b"\x09\x15\x06") == b"\x06\xff\x07"
    bench = joined("AU915", 2)
    assert bench.mac.max_payload() in (11, 222)
    assert told(bench, b"\x09\x05") == b"\x09"  # no dwell time, 16 dBm
    assert bench.radio.frames[-1][5] == 14
    assert told(bench, link_adr(0, 0, 0xFF00)) == b"\x03\x07"
    assert bench.mac.max_payload() == 51
    assert told(bench, b"\x09\x15") == b"\x09"  # with dwell time SF12 is too slow
    assert bench.radio.frames[-1][3] == 10 and bench.mac.max_payload() == 11 - 1


def test_link_check_and_time_are_taken_when_asked_for() -> None:
    bench = Bench()
    mac = bench.join()
    answer = b"\x02\x14\x03\x0d\x15\xcd\x5b\x4d\x80"
    told(bench, answer)
    assert mac.margin_db == -1 and mac.gps_time_ms is None
    mac.link_check()
    mac.ask_time()
    bench.network.say(answer)
    bench.send()
    assert bench.network.opened(bench.network.uplinks[-1])[2] == b"\x02\x0d"
    assert (mac.margin_db, mac.gateways, mac.gps_time_ms) == (20, 3, 1_297_861_909_500)
    begin_us = bench.radio.frames[-1][0]
    assert bench.clock.since_us(mac.gps_ticks_us, begin_us % (1 << 30)) == bench.send().airtime_us + 5_120
    assert bench.network.opened(bench.network.uplinks[-1])[2] == b""


def test_commands_that_are_unknown_or_cut_short_end_the_reading() -> None:
    bench = joined()
    for commands in (b"\x06\x0b\x06", b"\x06\x80\x06", b"\x06\x03\x50\x07\x00", b"\x06\x05\x00", b"\x06\x02\x01"):
        assert told(bench, commands) == b"\x06\xff\x07", commands


def test_answers_that_do_not_fit_are_left_out_whole() -> None:
    bench = joined()
    bench.network.say(fport=0, payload=b"\x06" * 30)
    assert bench.send().more
    assert bench.mac.max_payload() == 222 - 15
    bench.send()
    assert bench.network.opened(bench.network.uplinks[-1])[2] == b"\x06\xff\x07" * 5


def test_no_more_is_answered_than_a_slow_data_rate_has_room_for() -> None:
    bench = joined("US915", 2)
    assert told(bench, b"\x06" * 4) == b"\x06\xff\x07" * 3
    assert len(bench.network.uplinks[-1]) <= 13 + 11


def test_what_is_asked_is_answered_before_a_repetition() -> None:
    bench = joined()
    told(bench, link_adr(5, 0, DEFAULT, transmissions=3))
    del bench.network.uplinks[:]
    bench.network.say(b"\x06", confirmed=True)
    result = bench.send(b"abc", True)
    assert result.more and not result.acked and len(bench.network.uplinks) == 1
    bench.send(b"")
    fctrl, _, commands, _, _ = bench.network.opened(bench.network.uplinks[1])
    assert fctrl & 0x20 and commands == b"\x06\xff\x07"


def test_commands_on_port_0_and_in_options_are_no_frame() -> None:
    bench = joined()
    bench.network.say(b"\x06", 0, b"\x06")
    assert not bench.send().more


def test_a_margin_for_the_next_vehicle_is_kept() -> None:
    for margin_db, above, rate, power, status in (
        (20, False, 5, 0, 7), (17, False, 5, 0, 5), (20, False, 5, 1, 7), (19, False, 5, 1, 3), (18, False, 5, 2, 3),
        (16, False, 5, 0, 5), (10, False, 5, 0, 5), (5, True, 5, 0, 7), (3, True, 5, 0, 7), (2, True, 5, 0, 5),
        (4, True, 4, 1, 7), (0, False, 4, 0, 5), (0, False, 3, 0, 5), (0, False, 0, 0, 7),
    ):  # fmt: skip
        bench = Bench()
        mac = bench.join()
        bench.at_rate(4)
        mac.vehicle_above = above
        mac.link_check()
        bench.network.say(bytes((2, margin_db, 1)))
        bench.send()
        anew = b"" if status == 7 else b"\x02"  # for want of margin: it is measured anew
        assert told(bench, link_adr(rate, power)) == bytes((3, status)) + anew, (margin_db, above, rate, power)


def test_an_unknown_margin_is_asked_for_once_a_data_rate_was_raised() -> None:
    bench = Bench()
    bench.join()
    bench.at_rate(3)
    bench.send()
    assert told(bench, link_adr(5)) == b"\x03\x07\x02"
