"""What goes into a LoRaWAN frame, byte for byte."""

from baysense.core import downlink, event, faults, payload
from baysense.core.config import FIELDS, ConfigError
from baysense.core.event import Event
from baysense.core.state import FREE, OCCUPIED, UNKNOWN


def moment(seq, state, cause, clock_s, previous_s=0, confidence=98, wake=5, epoch=1, flags=0) -> Event:
    return Event(
        event.CHANGE, state, cause, clock_s * 1000, epoch, wake, previous_s, confidence, flags=flags, seq=seq
    )  # fmt: skip


def seconds(code: int) -> int:
    shift = code // 64 - 1
    return code if code < 128 else code - shift * 64 << shift


def bits(word: bytes) -> tuple:
    value = word[0] << 8 | word[1]
    return value >> 14, value >> 11 & 7, value >> 10 & 1, value & 1023


def test_a_routine_change_takes_four_bytes() -> None:
    arrival = moment(300, OCCUPIED, "arrival", 1000, previous_s=3600, confidence=92)
    frame, count = payload.change([arrival], 1_009_400, 1, 5, 11)
    assert len(frame) == 4 and count == 1
    assert frame[0] == 300 & 255
    assert payload.LEVELS[frame[1] >> 4] == 90, "confidence is rounded down"
    assert (frame[1] & 15) * 2 == 10, "age 9.4 s, to the nearest even second"
    state, why, late, previous = bits(frame[2:4])
    assert (state, payload.WHY[1][why], late) == (1, "arrival", 0)
    assert abs(seconds(previous) - 3600) <= 36


def test_three_older_transitions_and_an_age_fit_eleven_bytes() -> None:
    events = [moment(9 - i, 1 - i % 2, "range", 1000 - 100 * i, previous_s=100) for i in range(5)]
    frame, count = payload.change(events, 1_600_000, 1, 99, 11)
    assert (len(frame), count) == (11, 4)
    frame, count = payload.change(events, 1_002_000, 1, 5, 11)
    assert (len(frame), count) == (10, 4)
    for most_bytes, expected in ((4, 1), (5, 1), (6, 2), (9, 3)):
        frame, count = payload.change(events, 1_002_000, 1, 5, most_bytes)
        assert count == expected and len(frame) <= most_bytes


def test_late_frames_have_two_more_bits_of_the_number_and_an_age() -> None:
    for now_s, wake in ((1031, 5), (1000, 6), (90_000, 7)):
        frame, _ = payload.change([moment(0x2A7, FREE, "departure", 1000)], now_s * 1000, 1, wake, 11)
        assert len(frame) == 5 and frame[0] == 0xA7 and frame[1] >> 2 & 3 == 2
        assert bits(frame[2:4])[2] == 1
        age_s = seconds((frame[1] & 3) << 8 | frame[4])
        assert abs(age_s - (now_s - 1000)) <= max(1, (now_s - 1000) // 125)


def test_the_last_fresh_age_is_thirty_seconds() -> None:
    change = [moment(1, FREE, "departure", 0)]
    assert payload.change(change, 30_999, 1, 5, 11)[0][1] & 15 == 15
    assert len(payload.change(change, 31_000, 1, 5, 11)[0]) == 5
    assert payload.change(change, -5_000, 1, 5, 11)[0][1] & 15 == 0, "a clock that was set back"


def test_after_a_power_cut_the_age_is_unknown() -> None:
    frame, _ = payload.change([moment(1, FREE, "departure", 1000)], 5_000, 2, 5, 11)
    assert (frame[1] & 3) << 8 | frame[4] == 1023
    older = moment(1, OCCUPIED, "arrival", 1000, epoch=1)
    frame, count = payload.change([moment(2, FREE, "departure", 3, epoch=2), older], 4_000, 2, 5, 11)
    assert count == 2 and bits(frame[4:6])[2:] == (1, 1023), "how far apart they are nobody knows"


def test_numbers_without_a_change_are_told() -> None:
    events = [moment(9, FREE, "departure", 500, previous_s=100), moment(5, OCCUPIED, "arrival", 400)]
    frame, count = payload.change(events, 500_000, 1, 5, 11)
    assert count == 2 and frame[4:6] == b"\xf8\x03" and bits(frame[6:8])[2] == 0
    assert payload.change(events, 500_000, 1, 5, 7)[1] == 1, "the mark needs room, too"
    far = [moment(300, FREE, "departure", 500, previous_s=100), moment(5, OCCUPIED, "arrival", 400)]
    assert payload.change(far, 500_000, 1, 5, 11)[1] == 1


def test_the_time_between_is_told_where_the_duration_is_another() -> None:
    dwell = moment(8, OCCUPIED, "arrival", 1000, flags=event.DWELL)
    arrival = moment(7, OCCUPIED, "arrival", 1000, previous_s=50)
    before = moment(6, FREE, "departure", 950, previous_s=30)
    frame, count = payload.change([dwell, arrival, before], 1_600_000, 1, 9, 11)
    assert count == 3
    assert payload.WHY[1][bits(frame[2:4])[1]] == "dwell" and bits(frame[2:4])[3] == 1023
    assert bits(frame[5:7])[2:] == (1, 0), "the alarm is dated by the arrival"
    assert bits(frame[7:9])[2:] == (1, 50)
    held_back = moment(8, FREE, "departure", 3000, previous_s=40)  # the latest of many, in an hour of chatter
    frame, count = payload.change([held_back, arrival], 3_005_000, 1, 5, 11)
    assert bits(frame[2:4])[3] == 40 and bits(frame[4:6])[2] == 1 and abs(seconds(bits(frame[4:6])[3]) - 2000) <= 16
    older = moment(7, UNKNOWN, "doubt", 1200)
    assert bits(payload.change([dwell, older], 1_600_000, 1, 9, 11)[0][5:7])[2:] == (1, 1023), "it began before"


def test_all_states_and_causes_that_the_detector_knows_survive() -> None:
    known = ["arrival", "departure", "swap", "range", "calibrated", "healed", "stale", "saturated", "doubt", "magnet"]
    pairs = [(FREE, "departure range calibrated healed"), (OCCUPIED, "arrival range calibrated healed"),
             (UNKNOWN, "doubt range stale saturated magnet")]  # fmt: skip
    told = []
    for state, causes in pairs:
        for cause in causes.split():
            found = bits(payload.change([moment(1, state, cause, 0)], 0, 1, 5, 4)[0][2:4])
            assert found[0] == state and payload.WHY[state][found[1]] == cause
            told.append(cause)
    for cause in ("swap", "range"):
        found = bits(payload.change([moment(1, OCCUPIED, cause, 0, flags=event.SWAP)], 0, 1, 5, 4)[0][2:4])
        assert found[0] == 3 and payload.WHY[3][found[1]] == cause
        told.append(cause)
    assert set(told) == set(known) and all(cause in event.CAUSES for cause in known)
    doubt = bits(payload.change([moment(1, UNKNOWN, "doubt", 0, flags=event.SWAP)], 0, 1, 5, 4)[0][2:4])
    assert (doubt[0], payload.WHY[2][doubt[1]]) == (UNKNOWN, "doubt"), "unknown is never told as occupied"
    odd = bits(payload.change([moment(1, FREE, "retained", 0)], 0, 1, 5, 4)[0][2:4])
    assert payload.WHY[0][odd[1]] == "unknown"
    assert all(len(row) <= 7 for row in payload.WHY)


def test_durations_are_right_to_a_second_or_eight_tenths_of_a_percent() -> None:
    for duration_s in list(range(1, 3000)) + [7_199, 86_400, 86_401, 604_800, 2_000_000]:
        code = bits(payload.change([moment(1, FREE, "range", 0, previous_s=duration_s)], 0, 1, 5, 4)[0][2:4])[3]
        assert abs(seconds(code) - duration_s) <= (0 if duration_s < 128 else max(1, duration_s // 127)), duration_s
    for duration_s in (2_100_000, 0xFFFFFFFF):
        code = bits(payload.change([moment(1, FREE, "range", 0, previous_s=duration_s)], 0, 1, 5, 4)[0][2:4])[3]
        assert code == 1022
    assert bits(payload.change([moment(1, FREE, "range", 0)], 0, 1, 5, 4)[0][2:4])[3] == 1023


def present(faults_found: int, runs_on: str = "0.5.2 0a1b2c3d ffee0011") -> Event:
    state = moment(70_000, OCCUPIED, "arrival", 1000, confidence=75)
    state.faults, state.runs_on = faults_found, runs_on
    return state


def test_heartbeat() -> None:
    frame = payload.heartbeat(present(0), 1_060_000, 1, 3610, -1234)
    assert len(frame) == 9
    word = frame[0] << 8 | frame[1]
    assert (word >> 14, payload.LEVELS[word >> 10 & 15], word & 1023) == (1, 75, 60)
    assert frame[2:4] == (70_000 & 0xFFFF).to_bytes(2, "big")
    assert 2000 + 10 * frame[4] == 3610 and frame[5] / 2 - 40 == -12.5
    assert frame[6:9] == b"\xff\xe0\xa0"


def test_heartbeat_at_its_limits() -> None:
    for battery_mv, byte in ((0, 0), (1500, 1), (2014, 1), (2015, 2), (4545, 255), (6000, 255)):
        assert payload.heartbeat(present(0), 0, 1, battery_mv, 0)[4] == byte, battery_mv
    for temp_cdeg, byte in ((-5000, 0), (-4000, 0), (0, 80), (8750, 255), (12_500, 255)):
        assert payload.heartbeat(present(0), 0, 1, 0, temp_cdeg)[5] == byte, temp_cdeg


def test_faults_take_a_byte_for_eight_that_one_is_of() -> None:
    for mask, tail in (
        (0, b""),
        (faults.SENSOR_ABSENT, b"\x01"),
        (faults.BATTERY_LOW | faults.WATCHDOG, b"\x80\x20"),
        (faults.CALIBRATING, b"\x02"),
        (0xFFFFFFFF, b"\xff\xff\xff\xff"),
    ):
        frame = payload.heartbeat(present(mask), 0, 1, 0, 0)
        assert frame[9:] == tail
        rebuilt, at = 0, 9
        for bit in (8, 4, 2, 1):
            rebuilt <<= 8
            if frame[8] & bit:
                rebuilt |= frame[at]
                at += 1
        assert rebuilt == mask


def test_where_there_is_no_room_the_lower_faults_are_told() -> None:
    mask = faults.CALIBRATING | faults.JOURNAL_OVERFLOW | faults.WATCHDOG | faults.SENSOR_ABSENT
    assert payload.heartbeat(present(mask), 0, 1, 0, 0, 11)[8:] == b"\xa3\x80\x01"
    assert payload.boot(present(mask), 0, 1, 11)[9:] == b"\xa1\x01"


def test_boot() -> None:
    start = present(faults.BROWN_OUT)
    start.cause = "brown_out"
    frame = payload.boot(start, 1_004_000, 1)
    assert len(frame) == 11 and event.CAUSES[frame[0]] == "brown_out"
    assert (frame[1] << 8 | frame[2]) & 1023 == 4
    assert frame[3:5] == b"\x11\x70" and frame[5:7] == b"\x01\x42", "0.5.2"
    assert len(event.CAUSES) <= 32


def test_records_of_other_firmware_do_not_hold_up_the_others() -> None:
    for runs_on in ("", "1.2", "x.y zz g", "99.99.99 -a1 +b2", "0.5rc1.0 0 0"):
        for frame in (payload.boot(present(0, runs_on), 0, 9), payload.heartbeat(present(0, runs_on), 0, 9, 0, 0)):
            assert len(frame) in (9, 10)


def test_answer() -> None:
    assert payload.answer(*downlink.reason(None), present(0))[:2] == b"\x20\xff"
    refused = downlink.reason(ConfigError("heartbeat_s", "too small"))
    assert payload.answer(refused[0], refused[1], present(0)) == b"\x23\x03\xff\xe0\xa0"
    assert downlink.reason(ConfigError("mqtt_host", "")) == (downlink.VALUE, downlink.NONE)
    assert downlink.reason(OSError(28)) == (downlink.NOT_NOW, downlink.NONE)
    assert downlink.reason(downlink.Refused(downlink.NO_SUCH, 99)) == (downlink.NO_SUCH, 99)


def test_commands() -> None:
    assert downlink.command(b"\x80") == [("reboot", {})]
    assert downlink.command(b"\x03\x00\x07\x08\x81") == [("config", {"heartbeat_s": 1800}), ("heartbeat", {})]
    told = downlink.command(b"\x81\x00\x04B-17\x01\x04\x07\x00")
    assert told == [("config", {"bay": "B-17", "zone": "keep_clear", "confirm_range": False}), ("heartbeat", {})]
    assert downlink.command(b"\x00\x00") == [("config", {"bay": ""})]


def test_wrong_commands_are_refused_as_a_whole() -> None:
    for wrong, reason, number in (
        (b"", downlink.INCOMPLETE, downlink.NONE),
        (b"\x03\x00\x07", downlink.INCOMPLETE, 3),
        (b"\x03", downlink.INCOMPLETE, 3),
        (b"\x00", downlink.INCOMPLETE, 0),
        (b"\x00\x02a", downlink.INCOMPLETE, 0),
        (b"\x03\x00\x07\x08\x03\x00\x07\x08", downlink.INCOMPLETE, 3),
        (b"\x80\x7f", downlink.NO_SUCH, 127),
        (b"\x80\xff", downlink.NO_SUCH, 255),
        (b"\x01\x05", downlink.VALUE, 1),
        (b"\x07\x02", downlink.VALUE, 7),
        (b"\x00\x02\xc3\x28", downlink.VALUE, 0),
    ):
        try:
            downlink.command(wrong)
        except downlink.Refused as error:
            assert (error.reason, error.number) == (reason, number), wrong
            continue
        raise AssertionError(wrong)


def test_the_table_of_settings_fits_the_configuration() -> None:
    fields = {field.name: field for field in FIELDS}
    for name, size in downlink.SETTINGS:
        field = fields[name]
        assert not field.secret and (size == 0) == (field.type is str and type(field.low) is not tuple)
        if field.type is int:
            assert field.low >= 0 and field.high < 1 << 8 * size
    assert len(downlink.SETTINGS) <= 128
