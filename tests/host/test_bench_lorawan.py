"""The bench of LoRaWAN: a short run measures everything, and a session is what it takes to tell of it."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from baysense_host.bench.measure import session_marks
from baysense_host.bench.measure.app import Loaded
from baysense_host.bench.measure.lives import Life
from baysense_host.bench.measure.lorawan_marks import lorawan_marks
from baysense_host.bench.measure.meter import Meter, Wake
from baysense_host.bench.parts import parts
from baysense_host.bench.report import Findings, as_record, silent
from baysense_host.virtual.air.emission import Emission

FRAME = Emission("bay-1", 0, 0, 868_100_000, 9, 125, 14.0, False, 0x34, True, b"\x40" + bytes(16))


@pytest.fixture(scope="module")
def findings() -> Findings:
    return lorawan_marks(silent, True)


def test_lorawan_is_a_part() -> None:
    assert "lorawan" in parts()


def test_short_run_measures_everything(findings: Findings) -> None:
    values = {mark.id: mark.value for mark in findings.marks}
    assert all(values.values())
    assert 1 < values["frame_us"] < 1000 and 20_000 < values["stack_bytes"] < 45 * 1024
    assert values["stack_bytes"] < values["lorawan_report_bytes"] + 10_000  # but for the other regions
    assert json.loads(json.dumps(as_record("lorawan", findings)))["marks"][0]["id"] == "session_airtime_sf7"


def test_slower_frames_take_more_of_everything(findings: Findings) -> None:
    values = {mark.id: mark.value or 0 for mark in findings.marks}
    for sf, least_mc in ((7, 200), (9, 200), (12, 400)):  # two wakes of 4 s at 33 mA at least
        ours_ms, plain_ms = values[f"session_airtime_sf{sf}"], values[f"airtime_ours_sf{sf}"]
        assert plain_ms <= ours_ms <= 1.5 * plain_ms  # a frame each, with an answer or a history in it now and then
        assert values[f"session_charge_sf{sf}"] > least_mc
    assert values["session_charge_sf7"] < values["session_charge_sf9"] < values["session_charge_sf12"]


def test_air_time_of_the_makers_is_that_of_the_reference(findings: Findings) -> None:
    values = {mark.id: mark.value for mark in findings.marks}
    assert values["airtime_nwave_sf7"] == pytest.approx(2 * 46.336)  # 1 byte, lorawan.md section 5
    assert values["airtime_ours_sf9"] == values["airtime_nwave_sf9"] == pytest.approx(2 * 164.864)
    assert values["airtime_libelium_sf12"] == pytest.approx(2 * 1482.752)


def life_of(wakes: list[Wake], truth_s: list[float], received: int) -> Life:
    meter = Meter()
    meter.wakes = wakes
    bay = {"truth": [{"t_s": t_s} for t_s in truth_s], "events": []}
    summary = {"changes_received": received, "changes_true": len(truth_s)}
    return Life({"bays": [bay], "summary": summary}, meter, [])


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[[Life, list[Emission]], session_marks.Session | None]:
    def measure(life: Life, sent: list[Emission]) -> session_marks.Session | None:
        def live(prepare: object, **chosen: object) -> Life:
            assert chosen["uplink"] == "lorawan"
            return life

        monkeypatch.setattr(session_marks, "live", live)
        monkeypatch.setattr(session_marks, "_at", lambda sf, into: into.extend(sent))
        return session_marks.session_at(9, 0.1)

    return measure


def test_changes_before_the_network_is_joined_do_not_count(
    measured: Callable[[Life, list[Emission]], session_marks.Session | None],
) -> None:
    wakes = [
        Wake("deviation", 90.0, 110.0, (900.0, 900.0)),  # in vain: it has not joined
        Wake("timer", 200.0, 210.0, (500.0, 500.0)),
        Wake("deviation", 990.0, 1010.0, (10.0, 20.0)),
        Wake("deviation", 1990.0, 2010.0, (30.0, 40.0)),
    ]
    request = replace(FRAME, start_us=100_000_000, end_us=101_000_000, data=bytes(23))
    times_s = (205, 1005, 2005)
    sent = [replace(FRAME, start_us=s * 1_000_000, end_us=s * 1_000_000 + 150_000) for s in times_s]
    life = life_of(wakes, [100.0, 1000.0, 2000.0], 3)
    assert measured(life, [request, *sent]) == (300_000, (40.0, 60.0), 2, 2)


def test_a_change_that_never_arrived_leaves_no_figure(
    measured: Callable[[Life, list[Emission]], session_marks.Session | None],
) -> None:
    life = life_of([Wake("deviation", 990.0, 1010.0, (10.0, 20.0))], [1000.0], 0)
    assert measured(life, [replace(FRAME, start_us=5, end_us=9)]) is None


def test_a_report_over_lorawan_is_known_by_what_it_loads() -> None:
    assert Loaded("soft", ["board", "baysense.node", "baysense.transmitting", "baysense.air"]).reports
