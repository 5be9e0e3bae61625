"""A node on LoRaWAN from power-on: it joins, tells every change once and in time, and forgets nothing asleep."""

from pathlib import Path

import pytest

from baysense.lorawan.windows import EARLY_US
from baysense_host.virtual.lorawan import commands
from baysense_host.virtual.options import DEFAULT_BOARD
from lora_bench import CHANGE_PORT, HEARTBEAT_PORT, LoraBench, lora_bench
from uplink_bench import HOUR_S, MAINS

BOARDS = (DEFAULT_BOARD, "LILYGO_T3_S3", "LILYGO_TTGO_LORA32_V2_1")
SLOW_DB = 150.0  # path loss that only SF12 gets through
WINDOW_US = 1000  # as near to the calculated instant must the command come
JOIN_DELAY_US, RX1_DELAY_US, BETWEEN_US = 5_000_000, 1_000_000, 1_000_000  # RP002-1.0.4 §3


def late_us(bench: LoraBench) -> list[float]:
    """Return for each window of the node how late it opened, counted from the end of the frame before [µs]."""
    found = []
    end_us, delay_us = 0.0, 0
    for t_s, kind, fields in bench.diary:
        if kind == "radio" and fields["state"] == "tx":
            join = bench.frame_at(t_s).kind == "join"
            end_us, delay_us = t_s * 1e6 + fields["airtime_us"], JOIN_DELAY_US if join else RX1_DELAY_US
        elif kind == "radio" and fields["state"] == "rx":
            found.append(t_s * 1e6 - (end_us + delay_us - EARLY_US))
            delay_us += BETWEEN_US
    return found


@pytest.mark.parametrize("make", BOARDS)
def test_every_board_joins_and_reports(tmp_path: Path, make: str) -> None:
    with lora_bench(tmp_path, make) as bench:
        bench.bay.drive_at(600)
        bench.run(HOUR_S + 120)
        assert bench.server.counts["joins"] == 1 and not bench.server.refused
        assert [event.type for event in bench.history] == ["boot", "change", "change"]
        assert bench.known() == ["free", "occupied"]
        assert bench.receiver.state == "occupied"
        assert bench.receiver.health["fault"] == ([] if make == DEFAULT_BOARD else ["calibrating"])  # no range sensor
        assert bench.receiver.missing() == []
        late = late_us(bench)
        assert len(late) > 6 and all(abs(each) < WINDOW_US for each in late), late
        spent = [fields["power_dbm"] for _, fields in bench.radio_log("tx")]
        assert set(spent) == {14}  # 16 dBm EIRP less the antenna's gain


def test_the_first_day_of_a_node(tmp_path: Path) -> None:
    """Join, start, changes without an answer, then one with, and then nothing waits any more."""
    with lora_bench(tmp_path) as bench:
        bench.run(300)
        assert [frame.kind for frame in bench.frames] == ["join", "confirmed", "confirmed", "unconfirmed"]
        start, calibrated = bench.history
        assert (start.type, start.cause, start.time_s) == ("boot", "power", pytest.approx(1, abs=2))
        assert (calibrated.state, calibrated.cause) == ("free", "calibrated")
        arrivals_s = (600, 2000)
        for arrival_s in arrivals_s:
            bench.bay.drive_at(arrival_s)
        bench.run(2000)
        assert bench.known() == ["free", "occupied", "free"]
        for event, arrival_s in zip(bench.history[2:], arrivals_s, strict=True):
            assert event.time_s == pytest.approx(arrival_s + 3, abs=2)
        changes = [frame for frame in bench.frames if 300 < frame.t_s < 2100]
        assert [frame.kind for frame in changes] == ["unconfirmed"] * 2
        assert [frame.t_s for frame in changes] == [pytest.approx(each + 9, abs=4) for each in arrivals_s]
        assert [len(frame.emission.data) for frame in changes] == [13 + 4, 13 + 6]  # the second repeats the first
        bench.bay.drive_at(2500)
        bench.run(600)
        asked = bench.frames[-1]
        assert (asked.kind, len(asked.emission.data)) == ("confirmed", 13 + 8)  # the third wants an answer
        bench.run(HOUR_S)
        after = [frame for frame in bench.frames if frame.t_s > asked.t_s]
        assert {frame.kind for frame in after} == {"unconfirmed"} and len(after) == 1
        assert [up.fport for up in bench.uplinks][-1] == HEARTBEAT_PORT
        assert bench.pending() == 1  # the start by which somebody looks


def test_a_confirmed_heartbeat_takes_along_what_nobody_answered_for(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        bench.bay.drive_at(600)
        bench.run(2 * HOUR_S + 120)
        hourly = [frame for frame in bench.frames if frame.t_s > 700]
        assert [frame.kind for frame in hourly] == ["confirmed", "unconfirmed", "unconfirmed"]
        ports = [up.fport for up in bench.uplinks]
        assert ports[-4:] == [CHANGE_PORT, CHANGE_PORT, HEARTBEAT_PORT, HEARTBEAT_PORT]
        assert len(bench.history) == 3


def test_the_session_lasts_through_sleep_and_resets(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        bench.run(600)
        for end in (bench.board.hard_reset, bench.board.watchdog_bite, bench.board.brown_out, bench.power_cut):
            end()
            bench.run(HOUR_S)
        assert bench.server.counts["joins"] == 1
        causes = [event.cause for event in bench.history if event.type == "boot"]
        assert causes == ["power", "reset", "watchdog", "power", "power"]
        counters = [frame.fcnt for frame in bench.sent_frames() if frame.kind != "join"]
        assert counters == sorted(set(counters))
        assert max(late - early for early, late in zip(counters, counters[1:], strict=False)) > 32  # behind a block


def test_a_change_that_has_to_wait_for_air_time_goes_out_as_soon_as_it_may(tmp_path: Path) -> None:
    """The network limits it to one part in 1024: at SF12 that is a frame in 23 minutes once 2.8 s are used up."""
    with lora_bench(tmp_path) as bench:
        bench.air.shadow_db = lambda name: 0.0
        bench.shadow(SLOW_DB)
        bench.run(HOUR_S, lambda: bench.device.session is not None)
        bench.run(600)
        assert bench.frames[-1].emission.sf == 12
        least = commands.downlink(commands.DUTY_CYCLE, max_duty_cycle=10)
        bench.server.request(bench.node.dev_eui, least)
        heard = len(bench.frames)
        bench.run(3 * HOUR_S, lambda: len(bench.frames) == heard + 2)  # heartbeats: one for the request, one in force
        begun_s = bench.now_s()
        bench.bay.drive_at(begun_s + 100)
        bench.bay.drive_at(begun_s + 250)
        bench.run(HOUR_S - 300)
        arrival, departure = (frame.t_s - begun_s for frame in bench.frames[heard + 2 :])
        assert arrival == pytest.approx(109, abs=5)
        assert 600 < departure < 1400  # it waited for the air time, not for the next heartbeat
        assert bench.known()[-2:] == ["occupied", "free"]
        assert bench.history[-1].time_s == pytest.approx(begun_s + 253, abs=25)


def test_mains_without_a_radio_says_so(tmp_path: Path) -> None:
    with lora_bench(tmp_path, MAINS) as bench:
        bench.run(300)
        assert bench.frames == []
        assert "radio_absent" in bench.ask("info")["faults"]
        bench.bay.drive_at(bench.now_s() + 60)
        bench.run(300)
        assert bench.states()[-1] == "occupied"
