"""The LoRaWAN campaign: a day of six nodes is told in full; a node, a frame or a history that is wrong is found."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from baysense_host.bench.airwaves.campaign import Result, campaign
from baysense_host.bench.airwaves.diary import Diary, Look
from baysense_host.bench.airwaves.extent import Extent
from baysense_host.bench.airwaves.frames import Frames
from baysense_host.bench.airwaves.judge import Verdict, judge
from baysense_host.bench.airwaves.marks import QUICK, findings
from baysense_host.bench.airwaves.town import town
from baysense_host.bench.report import silent
from baysense_host.lorawan.receiver import BayEvent, Receiver
from baysense_host.paths import firmware_dir
from baysense_host.virtual.air import Emission
from frame_oracle import FrameWitness

SHORT = Extent(nodes=2, days=0.4, outage_s=0.0, cuts_per_day=12.0)
UPLINK = bytes.fromhex("40785634120005000174657374deadbeef")
REQUEST = bytes(range(23))
HOUR_US = 3_600_000_000
LONGEST_RETRY_US = 4 * HOUR_US + HOUR_US  # core.retry: four hours, and one for what gets lost then


@pytest.fixture(scope="module")
def day() -> Result:
    return campaign(QUICK, silent)


def test_two_days_of_six_nodes_keep_every_promise(day: Result) -> None:
    marks = findings(day).marks
    assert [mark.id for mark in marks if not mark.ok] == [], findings(day).detail["campaign"]
    assert day.events > 200 and day.wall_s < 60


def test_the_days_had_everything_in_them(day: Result) -> None:
    failures, kinds = day.failures, day.frames.by_kind
    assert failures["at_storage"] and failures["at_air"] and failures["power_cuts"] and failures["brown_outs"]
    assert day.undated and kinds["join_request"] > QUICK.nodes and kinds["repeated"] and kinds["confirmed"]
    assert len(day.frames.by_sf) > 2
    assert day.server["joins"] >= QUICK.nodes


def test_the_same_seed_gives_the_same_frames_and_another_seed_others() -> None:
    short = replace(SHORT, days=0.2)
    first, again, other = (campaign(replace(short, seed=seed), silent) for seed in (1, 1, 2))
    assert first.frames.by_kind == again.frames.by_kind and first.failures == again.failures
    assert first.frames.airtime_us == again.frames.airtime_us != other.frames.airtime_us


def test_hours_without_a_gateway_hold_back_no_change_and_are_soon_made_up_for() -> None:
    begun: set[tuple[str, int]] = set()
    with town(replace(SHORT, nodes=4, days=0.75, cuts_per_day=0.0), silent) as lived:
        lived.desk.air.taps.append(lambda emission, _: begun.add((emission.sender, emission.start_us // 1_000_000)))
        lived.run_until(8 * HOUR_US)  # by then the network wants each frame three times
        lived.desk.gateway.switch(False)
        lived.run_until(18 * HOUR_US)
        for node in lived.nodes:
            changes_us = [change_us for change_us in node.story.changes_us if change_us > 10 * HOUR_US]
            assert len(changes_us) > 3
            for change_us in changes_us:
                assert begun & {(node.name, change_us // 1_000_000 + late_s) for late_s in (0, 1)}
        lived.desk.gateway.switch(True)
        lived.run_until(18 * HOUR_US + LONGEST_RETRY_US)
        for node in lived.nodes:
            assert judge(node.name, node.diary, lived.desk.receivers[node.dev_eui]).lost == []


def test_every_frame_is_right_by_lora_packet() -> None:
    witness = FrameWitness()
    with town(SHORT, silent) as lived:
        lived.desk.air.taps.append(witness)
        lived.run_until(SHORT.ends_us)
        judged = witness.assert_right({node.dev_eui: node.app_key for node in lived.nodes})
    assert judged.total() == len(witness.frames) and judged["join_accept"] and judged["downlink"]


@pytest.mark.parametrize(
    ("file", "right", "wrong", "mark"),
    [
        ("storage/session.py", "max(self._counters.floor(_KEY), self._used() + 1)", "self._used()", "nonces_reused"),
        ("lorawan/mac.py", "self._reserved = session.fcnt_reserved", "self._reserved = 0", "counters_reused"),
        ("air.py", "if not confirmed:\n                return", "", "events_lost"),
        ("air.py", "(events.CHANGE, recall.state,", "(events.CHANGE, 1 - recall.state,", "states_wrong"),
        ("core/payload.py", "age_ms + 1000", "age_ms + 60_000", "events_misdated"),
        ("airclock.py", "return self._node.clock_ms()", "return None", "node_crashes"),
    ],
)
def test_a_firmware_that_breaks_a_promise_is_found_out(
    tmp_path: Path, file: str, right: str, wrong: str, mark: str
) -> None:
    shutil.copytree(firmware_dir(), tmp_path / "firmware")
    source = tmp_path / "firmware" / "baysense" / file
    text = source.read_text(encoding="utf-8")
    assert right in text
    source.write_text(text.replace(right, wrong), encoding="utf-8")
    days = 0.02 if mark == "node_crashes" else SHORT.days
    result = campaign(replace(SHORT, days=days), silent, tmp_path / "firmware")
    missed = [each.id for each in findings(result).marks if not each.ok]
    assert mark in missed


def on_air(data: bytes, at_s: float, lasts_s: float = 0.1, freq_hz: int = 868_100_000, sender: str = "a") -> Emission:
    start_us = round(at_s * 1e6)
    end_us = start_us + round(lasts_s * 1e6)
    return Emission(sender, start_us, end_us, freq_hz, 7, 125, 14.0, False, 0x34, True, data)


def tapped(*emissions: Emission) -> Frames:
    frames = Frames()
    for emission in emissions:
        frames(emission, {})
    return frames


def test_a_counter_belongs_to_one_frame_which_may_be_repeated() -> None:
    other = UPLINK[:-5] + b"?" + UPLINK[-4:]
    assert not tapped(on_air(UPLINK, 1), on_air(bytes(bytearray(UPLINK)), 2)).counters_reused
    assert len(tapped(on_air(UPLINK, 1), on_air(other, 2)).counters_reused) == 1
    assert len(tapped(on_air(UPLINK, 1), on_air(UPLINK, 2, sender="b")).counters_reused) == 1


def test_a_nonce_is_used_once() -> None:
    other = REQUEST[:17] + b"\0\0" + REQUEST[19:]
    assert not tapped(on_air(REQUEST, 1), on_air(other, 2)).nonces_reused
    assert len(tapped(on_air(REQUEST, 1), on_air(REQUEST, 9)).nonces_reused) == 1


def test_no_hour_holds_more_than_its_share_wherever_it_begins() -> None:
    full = [on_air(UPLINK, 100 * number, 2.0) for number in range(18)]  # 36 s are allowed
    assert tapped(*full).breaches == [] and tapped(*full).worst_share == 1.0
    assert len(tapped(*full, on_air(UPLINK, 3599, 0.5)).breaches) == 1
    assert tapped(*full, on_air(UPLINK, 3602, 2.0)).breaches == []
    assert len(tapped(*full, on_air(UPLINK, 3599.5, 2.0)).breaches) == 1  # a quarter of the first is in the hour
    assert tapped(*full, on_air(UPLINK, 3000, 2.0, 867_100_000)).breaches == []  # another sub-band
    assert tapped(*full, on_air(UPLINK, 3000, 2.0, sender="b")).breaches == []
    assert len(tapped(on_air(UPLINK, 1, 0.1, 868_650_000)).breaches) == 1  # in none


def verdict(looks: list[Look], events: list[BayEvent], cuts_us: tuple[int, ...] = ()) -> Verdict:
    receiver = Receiver()
    receiver._events = {event.seq: event for event in events}
    return judge("a", Diary(looks=looks, power_cuts_us=list(cuts_us)), receiver)


def look(at_s: float, state: int, whole: bool = True, start: bool = False) -> Look:
    return Look(round(at_s * 1e6), state, start, whole)


def told(seq: int, state: str, at_s: float | None) -> BayEvent:
    return BayEvent(seq, "change", state, "arrival", None, 0.95, at_s, None if at_s is None else 1)


LOOKS = [look(0, 0), look(1000, 1), look(1500, 1), look(2000, 0)]
TOLD = [told(1, "free", 0), told(2, "occupied", 1001), told(3, "free", 2001)]


def test_a_history_that_is_right_passes() -> None:
    found = verdict(LOOKS, TOLD)
    assert (found.changes, found.lost, found.invented, found.misdated) == (3, [], [], [])


def test_what_is_lost_invented_or_dated_wrongly_is_found() -> None:
    assert len(verdict(LOOKS, TOLD[:2]).lost) == 1
    assert len(verdict(LOOKS, [TOLD[0], TOLD[2]]).lost) == 1
    assert len(verdict(LOOKS, [*TOLD, told(4, "occupied", 2100)]).invented) == 1
    assert len(verdict(LOOKS, [TOLD[0], told(2, "occupied", 1030), TOLD[2]]).misdated) == 1


def test_a_look_that_the_supply_ended_may_be_told_once_or_by_the_next() -> None:
    looks = [look(0, 0), look(1000, 1, whole=False), look(1300, 1)]
    for at_s in (1000, 1300):
        found = verdict(looks, [TOLD[0], told(2, "occupied", at_s)])
        assert (found.lost, found.invented, found.misdated) == ([], [], [])
    assert len(verdict(looks, TOLD[:1]).lost) == 1
    assert len(verdict(looks, [TOLD[0], told(2, "occupied", 1000), told(3, "occupied", 1300)]).invented) == 1
    gone = [look(0, 0), look(1000, 1, whole=False), look(1300, 0)]
    assert verdict(gone, TOLD[:1]).lost == []
    both = verdict(gone, [TOLD[0], told(2, "occupied", 1000), told(3, "free", 1300)])
    assert (both.lost, both.invented) == ([], [])


def test_only_a_power_cut_excuses_a_change_without_a_time() -> None:
    undated = [TOLD[0], told(2, "occupied", None), TOLD[2]]
    assert verdict(LOOKS, undated, (1_000_500_000,)).undated == 1
    assert verdict(LOOKS, undated).lost


def test_every_start_is_told() -> None:
    looks = [look(0, 0, start=True), look(1000, 0, start=True, whole=False)]
    boots = [BayEvent(seq, "boot", "free", "power", None, None, 0.0, 1) for seq in (2, 3, 4)]
    for number, right in ((0, False), (1, True), (2, True), (3, False)):
        found = verdict(looks, [TOLD[0], *boots[:number]])
        assert (not found.lost and not found.invented) == right
