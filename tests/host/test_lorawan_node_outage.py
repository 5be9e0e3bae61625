"""Lost frames, a gateway that is gone, supplies that fail: every change arrives once, no counter comes twice."""

from pathlib import Path

import pytest

from lora_bench import LoraBench, lora_bench
from uplink_bench import HOUR_S

PERIOD_S = 600


def joined(bench: LoraBench) -> LoraBench:
    """Let the node join and say how it is."""
    bench.run(300)
    assert bench.known() == ["free"]
    return bench


def lose(bench: LoraBench, frames: int) -> None:
    """Lose the next frames of the node."""
    seen = len(bench.frames)
    usual = bench.air.path_loss_db
    bench.air.path_loss_db = lambda one, other: usual(one, other) + (100 if len(bench.frames) < seen + frames else 0)


def alternating(count: int) -> list[str]:
    """Return the states of a bay after so many movements."""
    return ["free", *(("occupied", "free")[number % 2] for number in range(count))]


def test_two_lost_uplinks_in_a_row_leave_no_gap(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        joined(bench)
        lose(bench, 2)
        for drive_s in (600, 900, 1200):
            bench.bay.drive_at(drive_s)
        bench.run(1000)
        assert [frame.arrived for frame in bench.frames[-3:]] == [False, False, True]
        assert len(bench.told_on(1)) == 2  # one from before: the third carries them all
        assert bench.known() == alternating(3) and bench.receiver.missing() == []
        for event, drive_s in zip(bench.history[2:], (600, 900, 1200), strict=True):
            assert event.time_s == pytest.approx(drive_s + 3, abs=4 + event.uncertainty_s)


def test_an_answer_that_got_lost_costs_a_repetition_and_no_second_event(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        joined(bench)
        for drive_s in (600, 900, 1200):
            bench.bay.drive_at(drive_s)
        bench.run(880)  # the third asks; the answer is what gets lost
        plan = bench.gateway.plan
        bench.gateway.plan = lambda *args, **kwargs: ""  # type: ignore[method-assign]
        bench.run(60)
        bench.gateway.plan = plan  # type: ignore[method-assign]
        assert bench.frames[-1].kind == "confirmed" and bench.frames[-1].arrived
        assert bench.known() == alternating(3)
        bench.run(300)
        again = bench.frames[-2]
        assert (again.kind, len(again.emission.data)) == ("confirmed", 13 + 9)  # late now: its age takes one more
        assert bench.known() == alternating(3)
        assert bench.messages("health")[-1]["fault"] == ["uplink_failed"]
        bench.run(HOUR_S)
        assert bench.frames[-1].kind == "unconfirmed"  # a heartbeat, and nothing waits


def test_two_hours_without_a_gateway(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        joined(bench)
        bench.gateway.switch(False)
        drives_s = [bench.now_s() + 200 + 700 * number for number in range(9)]
        for drive_s in drives_s:
            bench.bay.drive_at(drive_s)
        begun_s = bench.now_s()
        bench.run(2 * HOUR_S)
        assert bench.known() == ["free"]
        tries_s = [frame.t_s for frame in bench.frames if frame.t_s > begun_s]
        assert 9 < len(tries_s) < 45  # one for each change, and 60, 120 and 240 s after it
        pauses_s = [late - early for early, late in zip(tries_s, tries_s[1:], strict=False)]
        assert max(pauses_s) > 4 * min(pauses_s)
        bench.gateway.switch(True)
        bench.run(2 * HOUR_S)
        assert bench.known() == alternating(9) and bench.receiver.missing() == []
        arrived = [json_event["seq"] for json_event in bench.messages("event")]
        assert arrived == sorted(set(arrived))
        for event, drive_s in zip(bench.history[2:], drives_s, strict=True):
            assert event.time_s is not None and event.uncertainty_s is not None
            assert abs(event.time_s - drive_s - 3) <= event.uncertainty_s + 3
        assert bench.server.counts["joins"] == 1
        assert bench.receiver.health["fault"] == []
        assert "uplink_failed" in {fault for beat in bench.told_on(2) for fault in beat["fault"]}


def test_power_cuts_and_resets_while_it_reports(tmp_path: Path) -> None:
    """At every moment of a report: the witness finds no counter twice, and no change is lost or told as two."""
    with lora_bench(tmp_path) as bench:
        joined(bench)
        ends = (bench.power_cut, bench.board.brown_out, bench.board.hard_reset)
        for number in range(9):
            sent = len(bench.radio_log("tx"))
            bench.bay.drive_at(bench.now_s() + 20)
            bench.run(200, lambda sent=sent: len(bench.radio_log("tx")) > sent)
            bench.run((0.001, 0.04, 0.08, 1.0, 1.06, 2.0, 2.2)[number % 7])
            ends[number % 3]()
            bench.run(400)
        bench.run(HOUR_S)
        assert bench.known() == alternating(9)
        assert bench.receiver.missing() == []
        assert bench.server.counts["joins"] == 1


def test_power_cuts_at_the_writes_of_a_report(tmp_path: Path) -> None:
    """Counters are on flash before they are used, wherever the writing ends."""
    with lora_bench(tmp_path) as bench:
        joined(bench)
        cuts = 0
        for number in range(16):
            bench.board.flash.cut_at(1 + 4 * number, ("lost", "torn", "done")[number % 3], noise=number)
            bench.bay.drive_at(bench.now_s() + 100)
            bench.run(300, lambda: bench.board.state == "off")
            if bench.board.state == "off":
                cuts += 1
                bench.board.power_on()
        bench.run(2 * HOUR_S)
        assert cuts >= 8
        assert bench.server.counts["joins"] == 1
        assert bench.receiver.state == bench.states()[-1]


def test_power_cuts_at_the_writes_of_a_join(tmp_path: Path) -> None:
    """A nonce is on flash before it is used, wherever the writing ends."""
    with lora_bench(tmp_path) as bench:
        bench.run(30)
        cuts = 0
        for number in range(10):
            boots = len(bench.happened("boot"))
            bench.run(100, lambda boots=boots: len(bench.happened("boot")) > boots)  # the report has one of its own
            bench.board.flash.cut_at(4 + number, ("lost", "torn", "done")[number % 3], noise=number)
            bench.run(60, lambda: bench.board.state == "off")
            if bench.board.state == "off":
                cuts += 1
                bench.board.power_on()
        bench.run(HOUR_S)
        nonces = [frame.emission.data[17:19] for frame in bench.sent_frames("join")]
        assert cuts == 10 and len(nonces) >= 3
        assert bench.device.session is not None and not bench.server.refused
        assert bench.receiver.state == "free"


def test_another_key_begins_another_session(tmp_path: Path) -> None:
    with lora_bench(tmp_path) as bench:
        joined(bench)
        bench.judge()
        first = len(bench.witness.frames)
        key, join_eui = bytes(range(16)), "70b3d57ed0000001"
        bench.device.app_key, bench.device.join_eui = key, join_eui
        bench.press()
        stored = bench.ask("config", lora_app_key=key.hex(), lora_join_eui=join_eui)["config"]
        assert (stored["lora_app_key"], stored["lora_join_eui"]) == ("***", join_eui)
        bench.run(300)
        nonces = [int.from_bytes(frame.emission.data[17:19], "little") for frame in bench.sent_frames("join")]
        assert bench.server.counts["joins"] == len(nonces) == 2
        assert nonces == sorted(set(nonces))
        assert bench.server.counts["uplinks"] == len(bench.frames) - 2
        del bench.witness.frames[:first]
        bench.bay.drive_at(bench.now_s() + 60)
        bench.run(120)
        assert bench.known()[-1] == "occupied"
