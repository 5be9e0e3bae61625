"""What outlives deep sleep and power cuts: no nonce and no counter is used again, no downlink is taken twice."""

from air_bench import KEYS, Bench, PowerCut
from baysense.lorawan import backoff, retained
from baysense.lorawan.mac import Mac, Stopped


def full(session: bytes) -> None:
    """Stand for a store on a flash that is full."""
    raise OSError(28)


def test_deep_sleep_takes_nothing_away() -> None:
    bench = Bench()
    bench.join()
    bench.network.say(b"\x05\x03" + (8_695_250).to_bytes(3, "little") + b"\x06", confirmed=True)
    bench.network.rx2_rate = 3
    bench.send()
    saves = bench.store.saves
    for turn in range(30):
        dump = bench.mac.dump()
        assert len(dump) <= 64 and (turn == 0 or dump == bench.store.retained)
        assert bench.restart(dump).joined
        assert bench.send().fcnt_up == turn + 1
        fctrl, _, commands, _, _ = bench.network.opened(bench.network.uplinks[-1])
        assert (fctrl, commands) == (0xA0, b"\x05\x07\x06\xff\x07") if turn == 0 else (0x80, b"\x05\x07")
    assert bench.store.saves == saves and bench.radio.windows[-1][2] == 9


def test_the_back_off_has_the_room_that_is_kept_for_it() -> None:
    assert backoff.SIZE_BYTES == retained.BACKOFF_BYTES


def test_a_link_check_waits_through_deep_sleep() -> None:
    bench = Bench()
    bench.join().link_check()
    bench.restart(bench.mac.dump())
    bench.send()
    assert bench.network.opened(bench.network.uplinks[-1])[2] == b"\x02"


def test_counters_go_on_behind_the_block_after_a_power_cut() -> None:
    bench = Bench()
    bench.join()
    bench.send()
    assert bench.restart(b"").joined
    assert bench.send().fcnt_up == 64 and bench.store.saves == 3  # not joined, joined, and this block
    bench.restart(b"")
    assert bench.send().fcnt_up == 128


def test_a_dump_that_is_older_than_the_session_is_worth_nothing() -> None:
    bench = Bench()
    bench.join()
    old = bench.mac.dump()
    for _ in range(70):
        bench.send()
    bench.restart(old)
    assert bench.send().fcnt_up == 128
    for wrong in (b"x", old[:-1], old + b"x", bytes(len(old)), bytes(60)):
        bench.restart(wrong)
    assert bench.mac.joined


def test_no_counter_and_no_nonce_twice_whenever_the_power_goes() -> None:
    """A cut at every operation of the store, before and after it; RTC memory survives some and not others."""
    bench = Bench()
    nonces, used = set(), set()
    for turn in range(400):
        bench.store.cut = turn % 11 if turn % 5 else None
        del bench.network.requests[:], bench.network.uplinks[:], bench.radio.frames[:], bench.radio.windows[:]
        try:
            mac = bench.restart(bench.store.retained if turn % 3 else b"")
            if not mac.joined or turn % 23 == 0:
                bench.waiting(mac.join)
            for _ in range(5):
                bench.network.say(b"\x06" if turn % 2 else b"")
                bench.send()
        except PowerCut:
            pass
        for request in bench.network.requests:
            assert request[17:19] not in nonces
            nonces.add(bytes(request[17:19]))
        for frame in bench.network.uplinks:
            _, fcnt, _, _, crypt = bench.network.opened(frame)
            assert (fcnt, crypt) not in used  # the same text: another key or another counter changes it
            used.add((fcnt, crypt))
    assert len(nonces) > 10 and len(used) > 500


def test_a_downlink_is_not_taken_twice_not_even_after_a_power_cut() -> None:
    bench = Bench()
    bench.join()
    frame = bench.network.frame(fport=2, payload=b"once")
    later = bench.network.frame(fport=2, payload=b"later")
    for data, taken in ((frame, True), (frame, False), (later, True), (frame, False), (later, False)):
        bench.network.say_bytes(data)
        assert (bench.send().downlink is not None) == taken
        bench.restart(b"")


def test_a_lost_session_file_means_to_join_anew() -> None:
    bench = Bench()
    bench.join()
    dump, stored = bench.mac.dump(), bench.store.session
    for damaged in (b"", stored[:-1], b"\x02" + stored[1:], stored[:1] + b"\x00" + stored[2:]):
        bench.store.session = damaged
        assert not bench.restart(dump).joined
    bench.store.session = stored
    assert bench.restart(dump).joined


def test_a_session_belongs_to_its_keys_and_its_region() -> None:
    bench = Bench()
    bench.join()
    for region, keys in (("EU868", (KEYS[1], KEYS[1], KEYS[2])), ("EU868", KEYS[:2] + (bytes(16),)), ("IN865", KEYS)):
        mac = Mac(region, bench.radio, bench.clock, bench.store, keys, bench.mac.dump(), bench.settings)
        assert not mac.joined


def test_wrong_keys_and_regions_are_told() -> None:
    bench = Bench()
    for region, keys in (("EU868", (b"", KEYS[1], KEYS[2])), ("EU868", KEYS[:2] + (bytes(15),)), ("KR920", KEYS)):
        try:
            Mac(region, bench.radio, bench.clock, bench.store, keys, b"", bench.settings)
        except ValueError as error:
            assert "bytes" in str(error) or "KR920" in str(error)
        else:
            raise AssertionError


def test_the_last_counter_stops_the_session_until_the_next_join() -> None:
    bench = Bench()
    bench.join()
    bench.mac._fcnt_up = 0xFFFFFFFE
    assert bench.send().fcnt_up == 0xFFFFFFFE
    for _ in range(2):
        try:
            bench.mac.send(1, b"x")
        except Stopped:
            bench.restart(b"")
        else:
            raise AssertionError
    assert bench.waiting(bench.mac.join)
    assert bench.send().fcnt_up == 0


def test_counters_beyond_16_bits_agree_with_the_network() -> None:
    bench = Bench()
    bench.join()
    bench.network.fcnt_down = 65_530
    for turn in range(10):
        bench.network.say(fport=2, payload=bytes((turn,)))
        assert bench.send().downlink == (2, bytes((turn,)))


def test_a_full_flash_is_noticed_before_sending_and_after_a_downlink() -> None:
    bench = Bench()
    bench.join()

    bench.store.save = full
    bench.network.say(fport=2, payload=b"x")
    assert bench.send().downlink and bench.mac.store_failed
    bench.restart(b"")
    sent = len(bench.network.uplinks)
    for _ in range(3):
        try:
            bench.send()
        except OSError as error:
            assert error.args[0] == 28
    assert len(bench.network.uplinks) == sent


def test_a_session_that_cannot_be_stored_does_not_harm_the_one_on_flash() -> None:
    bench = Bench()
    bench.join()
    bench.send()
    bench.send()
    save, bench.store.save = bench.store.save, full
    try:
        bench.waiting(bench.mac.join)
        raise AssertionError
    except OSError as error:
        assert error.args[0] == 28 and not bench.mac.joined
    bench.store.save = save
    bench.restart(bench.mac.dump())
    assert bench.mac.joined and bench.send().fcnt_up == 64


def test_a_rejected_rejoin_leaves_the_session_as_it_was() -> None:
    bench = Bench()
    bench.join()
    bench.network.join_nonce -= 1  # the join-accept of before, once more
    bench.send()
    session = bench.network.session
    assert not bench.mac.join() and bench.mac.joined
    bench.network.session = session
    assert bench.send().fcnt_up == 1


def test_join_accept_sets_windows_and_channels() -> None:
    bench = Bench()
    bench.network.rx1_offset, bench.network.rx2_rate, bench.network.delay_s = 1, 3, 5
    frequencies = b"".join(
        [(hz // 100).to_bytes(3, "little") for hz in (867_100_000, 867_300_000, 0, 868_650_000, 0)]
    )
    bench.network.cflist = frequencies + b"\x00"
    bench.join()
    del bench.radio.windows[:]
    assert {bench.send() and bench.radio.frames[-1][2] for _ in range(60)} == {
        868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000,
    }  # fmt: skip
    assert [window[2] for window in bench.radio.windows[:2]] == [8, 9]
    bench.network.say(fport=1)
    assert bench.send().downlink


def test_payloads_that_are_too_long_are_refused_and_the_longest_is_not() -> None:
    bench = Bench()
    mac = bench.join()
    assert mac.max_payload() == 222
    bench.send(bytes(222))
    mac = bench.at_rate(0)
    bench.send()
    bench.send()
    assert mac.max_payload() == 51
    bench.send(bytes(51))
    assert len(bench.network.uplinks[-1]) == 64
    try:
        mac.send(1, bytes(52))
    except ValueError:
        return
    raise AssertionError


def test_a_confirmed_downlink_is_acknowledged_once() -> None:
    bench = Bench()
    mac = bench.join()
    bench.network.say(fport=2, payload=b"x", confirmed=True)
    assert bench.send().more
    assert not mac.send(None, b"").more
    bench.send()
    fctrls = [bench.network.opened(frame)[0] & 0x20 for frame in bench.network.uplinks]
    assert fctrls == [0, 0x20, 0] and len(bench.network.uplinks[1]) == 12
