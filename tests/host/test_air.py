"""The air: who hears what, collisions and capture, loss, shadow, and that all of it is the same in every run."""

from typing import Any

import pytest

from baysense_host.virtual.air import Air, Emission, Reception, Tuning
from baysense_host.virtual.air.airtime import airtime_us, symbol_us
from baysense_host.virtual.air.link import vehicle_shadow_db
from baysense_host.virtual.air.sensitivity import SX1301_DBM, noise_dbm, sensitivity_dbm
from baysense_host.virtual.clock import Clock
from radio_bench import FREQ_HZ, SYNC, Ear


class Place:
    """A bay with or without a vehicle above."""

    def __init__(self, clearance_mm: int | None) -> None:
        self._clearance_mm = clearance_mm

    def clearance_mm(self, t_us: int) -> int | None:
        return self._clearance_mm


def frame(sender: str = "board", start_us: int = 0, sf: int = 7, **changed: Any) -> Emission:
    data = changed.pop("data", bytes(range(24)))
    end_us = start_us + airtime_us(len(data), sf)
    fields: dict[str, Any] = {"freq_hz": FREQ_HZ, "power_dbm": 14.0, **changed}
    return Emission(
        sender, start_us, end_us, bw_khz=125, sf=sf, inverted_iq=False, sync_word=SYNC, crc=True, data=data, **fields
    )


def quiet_air(seed: int = 1) -> Air:
    air = Air(Clock(), seed)
    air.path.fading_db = 0.0
    return air


def carry(air: Air, *emissions: Emission) -> list[dict[str, str]]:
    """Send all; return what became of each, in order of their ends."""
    fates: list[dict[str, str]] = []
    air.taps.append(lambda emission, outcomes: fates.append(outcomes))
    for emission in emissions:
        air.clock.at(emission.start_us, lambda emission=emission: air.emit(emission))
    while air.clock.next_us() is not None:
        air.clock.step()
    return fates


def test_a_frame_arrives_at_its_end_as_strong_as_the_path_leaves_it() -> None:
    air, ear = quiet_air(), Ear()
    air.path.set("board", "ear", 120.0)
    air.listen(ear)
    emission = frame(start_us=1000)
    assert carry(air, emission) == [{"ear": "received"}]
    assert ear.frames == [Reception(emission, emission.data, -106.0, pytest.approx(11.03, abs=0.01), False)]
    assert ear.locks == [emission] and air.clock.now_us == emission.end_us


def test_no_board_hears_itself() -> None:
    air, ear = quiet_air(), Ear("board")
    air.listen(ear)
    assert carry(air, frame()) == [{}] and ear.frames == []


@pytest.mark.parametrize("sf", [7, 12])
def test_below_the_sensitivity_of_the_spreading_nothing_arrives(sf: int) -> None:
    for margin_db, fate in ((0.1, "received"), (-0.1, "weak")):
        air, ear = quiet_air(), Ear()
        air.path.default_db = 14.0 - SX1301_DBM[sf] - margin_db
        air.listen(ear)
        assert carry(air, frame(sf=sf)) == [{"ear": fate}]


def test_a_wider_band_needs_a_stronger_signal() -> None:
    assert sensitivity_dbm(SX1301_DBM, 7, 500) == pytest.approx(SX1301_DBM[7] + 6.02, abs=0.01)
    assert noise_dbm(125) == pytest.approx(-117.03, abs=0.01)


@pytest.mark.parametrize(
    ("opened_symbols", "closed_symbols", "received"),
    [(0.0, None, True), (3.0, None, True), (3.01, None, False), (0.0, 5.01, False), (-9.0, 4.9, False)],
)
def test_a_window_must_hold_five_preamble_symbols_and_stay_open(
    opened_symbols: float, closed_symbols: float | None, received: bool
) -> None:
    air, ear = quiet_air(), Ear()
    start_us = 100_000
    emission = frame(start_us=start_us, sf=9)
    symbol = symbol_us(9, 125)
    air.clock.at(start_us + round(opened_symbols * symbol), lambda: air.listen(ear))
    if closed_symbols is not None:
        air.clock.at(start_us + round(closed_symbols * symbol), lambda: air.unlisten(ear))
    carry(air, emission)
    assert bool(ear.frames) == received


@pytest.mark.parametrize(
    ("advantage_db", "fates"),
    [
        (6.0, [{"ear": "received"}, {"ear": "damaged"}]),
        (5.9, [{"ear": "damaged"}, {"ear": "damaged"}]),
        (-6.0, [{"ear": "damaged"}, {"ear": "received"}]),
    ],
)
def test_of_two_frames_the_stronger_survives_by_six_decibels(advantage_db: float, fates: list[Any]) -> None:
    air, ear = quiet_air(), Ear()
    air.listen(ear)
    assert carry(air, frame("a", power_dbm=14.0 + advantage_db), frame("b", 30_000)) == fates
    assert [r.data == r.emission.data for r in ear.frames] == ["received" in fate.values() for fate in fates]


@pytest.mark.parametrize(
    "other",
    [
        frame("b", 30_000, sf=8), frame("b", 30_000, freq_hz=FREQ_HZ + 200_000),
        frame("b", airtime_us(24, 7)),
    ],
)  # fmt: skip
def test_other_spreadings_channels_and_times_do_not_collide(other: Emission) -> None:
    air, ear = quiet_air(), Ear()
    air.listen(ear)
    assert carry(air, frame("a"), other) == [{"ear": "received"}] * 2


def test_a_frame_cut_off_disturbs_only_as_long_as_it_lasted() -> None:
    for cut_us, fate in ((20_000, "received"), (40_000, "damaged")):
        air, ear = quiet_air(), Ear()
        air.listen(ear)
        broken = frame("a")
        air.clock.at(cut_us, lambda air=air, broken=broken: air.cut_off(broken))
        fates = carry(air, broken, frame("b", 30_000))
        assert fates == [{"ear": "cut"}, {"ear": fate}] and ear.frames[0].damaged


def test_loss_takes_its_share_and_hangs_on_seed_frame_and_receiver_alone() -> None:
    def run(seed: int, others: bool) -> list[str]:
        air, ear = quiet_air(seed), Ear()
        air.loss = 0.2
        air.listen(ear)
        if others:
            air.listen(Ear("second"))
        return [fate["ear"] for fate in carry(air, *(frame(start_us=i * 100_000) for i in range(1000)))]

    fates = run(1, False)
    assert 160 <= fates.count("lost") <= 240
    assert fates == run(1, True) and fates != run(2, False)


def test_fading_spreads_around_the_path_loss() -> None:
    air = Air(Clock(), 1)
    air.path.fading_db = 3.0
    levels = [air.signal_dbm(frame(start_us=i), "ear") for i in range(1000)]
    mean_dbm = sum(levels) / len(levels)
    spread_db = (sum((level - mean_dbm) ** 2 for level in levels) / len(levels)) ** 0.5
    assert abs(mean_dbm - (14.0 - air.path.default_db)) < 0.3 and 2.7 < spread_db < 3.3


def test_a_vehicle_above_takes_ten_to_fifteen_decibels_both_ways() -> None:
    assert [vehicle_shadow_db(Place(mm), 0) for mm in (None, 60, 120, 220, 320, 900)] == [0, 15, 15, 12.5, 10, 10]
    air = quiet_air()
    open_dbm = air.signal_dbm(frame("board"), "gateway")
    air.place("board", Place(220))
    assert open_dbm - air.signal_dbm(frame("board"), "gateway") == 12.5
    assert open_dbm - air.signal_dbm(frame("gateway"), "board") == 12.5
    air.shadow_db = lambda name: 3.0 if name == "board" else 0.0
    assert open_dbm - air.signal_dbm(frame("board"), "gateway") == 3.0


def test_tuning_allows_a_quarter_of_the_band() -> None:
    tuning = Tuning(FREQ_HZ, 7, 125, False, SYNC)
    assert tuning.hears(frame(freq_hz=FREQ_HZ - 31_250)) and not tuning.hears(frame(freq_hz=FREQ_HZ - 31_251))


def test_old_frames_are_forgotten() -> None:
    air, ear = quiet_air(), Ear()
    air.listen(ear)
    carry(air, *(frame(start_us=i * 1_000_000) for i in range(200)))
    assert len(ear.frames) == 200 and len(air._on_air) < 30
