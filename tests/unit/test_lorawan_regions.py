"""Regions: frequencies, data rates and windows of US915, AU915 and IN865 against RP002, and their channel masks."""

from air_bench import Bench, link_adr


def test_us915_joins_through_the_sub_bands() -> None:
    bench = Bench("US915")
    bench.network.deaf = True
    for _ in range(18):
        bench.waiting(bench.mac.join)
    frames = bench.radio.frames
    for at in range(18):
        hz, sf, bw_khz = frames[at][2:5]
        if at % 9 < 8:
            assert 902_300_000 + at % 9 * 1_600_000 <= hz <= 902_300_000 + at % 9 * 1_600_000 + 1_400_000
            assert (sf, bw_khz) == (10, 125)
        else:
            assert (hz, sf, bw_khz) == (903_000_000 + at // 9 * 1_600_000, 8, 500)
        first, second = bench.radio.windows[2 * at : 2 * at + 2]
        channel = (hz - 902_300_000) // 200_000 if bw_khz == 125 else at // 9
        assert first[1:4] == (923_300_000 + channel % 8 * 600_000, 10 if bw_khz == 125 else 7, 500)
        assert second[1:4] == (923_300_000, 12, 500)


def test_us915_stays_in_its_sub_band() -> None:
    bench = Bench("US915", sub_band=2)
    bench.join()
    for _ in range(30):
        bench.send(b"")
    assert {frame[2] for frame in bench.radio.frames} <= {903_900_000 + i * 200_000 for i in range(8)}
    assert len(bench.radio.frames) == 31 and bench.mac.max_payload() == 11
    bench.network.say(fport=2, payload=b"x")
    assert bench.send().downlink == (2, b"x")


def test_us915_catches_downlinks_of_500_khz() -> None:
    bench = Bench("US915", sub_band=2)
    bench.join().link_check()
    bench.network.say(b"\x02\x50\x01")
    bench.send()
    bench.network.say(link_adr(3, 0, 0xFF, control=5))
    bench.send()
    for window, sf in ((1, 7), (2, 12)):
        bench.network.window = window
        for error_ms, pause_ms in ((0, 0), (0, 30), (5, 0), (-5, 30), (10, 0), (-10, 20)):
            bench.clock.pause = lambda: pause_ms * 1000  # noqa: B023
            bench.network.error_us = error_ms * 1000
            bench.network.say(fport=2, payload=bytes(30))
            assert bench.send().downlink == (2, bytes(30)), (window, error_ms, pause_ms)
            assert bench.radio.windows[-1][2:4] == (sf, 500)


def test_us915_masks() -> None:
    bench = Bench("US915", sub_band=2)
    bench.join().link_check()
    bench.network.say(b"\x02\x50\x01")
    bench.send()

    def told(commands: bytes) -> bytes:
        bench.network.say(commands)
        bench.send(b"")
        bench.send(b"")
        return bench.network.opened(bench.network.uplinks[-1])[2]

    def used(count: int) -> set:
        return {bench.send(b"") and bench.radio.frames[-1][2] for _ in range(count)}

    assert told(link_adr(3, 5, 0, control=7) + link_adr(3, 5, 0x03, control=1)) == b"\x03\x07\x03\x07"
    assert used(20) == {905_500_000, 905_700_000}
    assert bench.radio.frames[-1][3:] == (7, 125, 18)
    one = link_adr(3, 5, 0, control=7) + link_adr(3, 5, 0x01, control=1)
    assert told(one) == b"\x03\x06\x03\x06"  # too few for hopping
    assert told(link_adr(4, 0, 0x02, control=7)) == b"\x03\x07"
    assert used(3) == {904_600_000} and bench.radio.frames[-1][3:5] == (8, 500)
    assert told(link_adr(3, 0, 0x81, control=5)) == b"\x03\x07"
    assert used(80) <= {902_300_000 + i * 200_000 for i in list(range(8)) + list(range(56, 64))}
    assert told(link_adr(3, 0, 0, control=6)) == b"\x03\x07"
    assert len(used(200)) > 40
    assert told(link_adr(5, 0, 0xFF, control=6)) == b"\x03\x05"  # LR-FHSS
    assert told(b"\x07\x03\x00\x00\x00\x50\x06") == b"\x06\xff\x07"  # no NewChannelReq here
    assert told(b"\x09\x05\x06") == b"\x06\xff\x07"


def test_us915_takes_masks_from_the_join_accept() -> None:
    bench = Bench("US915")
    bench.network.cflist = b"\x00\xff" + bytes(7) + bytes(6) + b"\x01"
    bench.join()
    for _ in range(40):
        bench.send(b"")
    frames = bench.radio.frames[1:]
    assert {frame[2] for frame in frames} <= {903_900_000 + i * 200_000 for i in range(8)}


def test_au915_joins_within_the_dwell_time() -> None:
    bench = Bench("AU915", sub_band=2)
    bench.network.deaf = True
    for _ in range(9):
        bench.waiting(bench.mac.join)
    settings = [frame[3:5] for frame in bench.radio.frames]
    assert settings == [(10, 125)] * 8 + [(8, 500)] and bench.radio.frames[8][2] == 917_500_000
    assert bench.radio.windows[0][2:4] == (10, 500)


def test_in865() -> None:
    bench = Bench("IN865")
    bench.join()
    assert bench.radio.windows[0][1] in (865_062_500, 865_402_500, 865_985_000)
    bench.network.rx1_offset = 7
    bench.network.say(b"\x05\x72" + (8_665_500).to_bytes(3, "little") + link_adr(3))
    bench.send()
    bench.network.say(fport=2, payload=b"x")
    assert bench.send().downlink == (2, b"x")
    first, second = bench.radio.windows[-1][1:4], None
    assert first[1:] == (7, 125) and second is None
    bench.send()
    assert bench.radio.windows[-1][1:4] == (866_550_000, 10, 125)


def test_a_session_knows_no_channels_of_the_one_before() -> None:
    bench = Bench("IN865")
    bench.network.cflist = (8_660_000).to_bytes(3, "little") + bytes(13)
    bench.join()
    bench.network.cflist = b""
    bench.clock.wait_s(3600)
    bench.waiting(bench.mac.join)
    for _ in range(20):
        bench.send()
    assert {frame[2] for frame in bench.radio.frames[2:]} <= {865_062_500, 865_402_500, 865_985_000}


def test_power_is_what_region_and_radio_allow() -> None:
    bench = Bench("IN865")
    bench.join()
    bench.send()
    assert bench.radio.frames[-1][5] == 22  # the radio cannot do more
    bench.network.say(link_adr(5, 10))
    bench.send()
    bench.send()
    assert bench.radio.frames[-1][5] == 8
