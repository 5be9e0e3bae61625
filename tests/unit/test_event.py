"""Event records and their public form."""

from baysense.core import event, faults
from baysense.core.event import Event
from baysense.core.state import FREE, OCCUPIED, UNKNOWN


def arrival() -> Event:
    return Event(
        event.CHANGE, OCCUPIED, "arrival", clock_ms=5_000_000_000, epoch=7, wake=70_000, previous_s=3600,
        confidence=91, faults=faults.BATTERY_LOW, flags=event.SWAP, seq=12,
    )  # fmt: skip


def field_names() -> list:
    names = ["seq", "kind", "state", "cause", "clock_ms", "epoch", "wake"]
    return names + ["previous_s", "confidence", "faults", "flags"]


def test_record_holds_everything_but_the_number() -> None:
    record = event.pack(arrival())
    assert len(record) == event.SIZE_BYTES == 29
    again = event.unpack(record, 12)
    for name in [
        "seq",
        "kind",
        "state",
        "cause",
        "clock_ms",
        "epoch",
        "wake",
        "previous_s",
        "confidence",
        "faults",
        "flags",
    ]:
        assert getattr(again, name) == getattr(arrival(), name), name


def test_all_kinds_states_and_causes_fit() -> None:
    for kind in event.KINDS:
        for state in (FREE, OCCUPIED, UNKNOWN):
            for cause in event.CAUSES:
                again = event.unpack(event.pack(Event(kind, state, cause, 0, 0, 0)))
                assert (again.kind, again.state, again.cause) == (kind, state, cause)


def test_foreign_records_are_refused() -> None:
    record = event.pack(arrival())
    for wrong in (
        b"",
        record[:-1],
        b"\x02" + record[1:],
        b"\x01\xff" + record[2:],
        b"\x01\x00\xff" + record[3:],
    ):
        try:
            event.unpack(wrong)
        except ValueError:
            continue
        raise AssertionError(wrong)


def test_age_and_its_uncertainty() -> None:
    happened = arrival()
    now = happened.clock_ms + 3_450
    shown = event.as_dict(happened, now, 7, 70_000)
    assert (shown["age_s"], shown["age_uncertainty_s"]) == (3.4, 0)
    shown = event.as_dict(happened, happened.clock_ms + 1_000_000, 7, 70_001)
    assert (shown["age_s"], shown["age_uncertainty_s"]) == (1000.0, 11)
    shown = event.as_dict(happened, now, 8, 70_000)
    assert shown["age_s"] is None and shown["age_uncertainty_s"] is None


def test_public_names() -> None:
    shown = event.as_dict(arrival(), 5_000_000_000, 7, 70_000)
    assert shown["event"] == "swap" and shown["state"] == "occupied" and shown["occupied"] is True
    assert shown["confidence"] == 0.91 and shown["faults"] == ["battery_low"] and shown["seq"] == 12
    shown = event.as_dict(Event(event.BOOT, UNKNOWN, "power", 0, 1, 1), 0, 1, 1)
    assert shown["occupied"] is None and shown["event"] == "boot"


def test_what_it_ran_on_travels_with_boots_and_heartbeats() -> None:
    boot = Event(event.BOOT, UNKNOWN, "power", 0, 1, 1)
    boot.runs_on = "0.1.0 0a1b2c3d ffee0011"
    shown = event.as_dict(event.unpack(event.pack(boot)), 0, 1, 1)
    assert (shown["firmware"], shown["detector"], shown["config"]) == ("0.1.0", "0a1b2c3d", "ffee0011")
    assert "firmware" not in event.as_dict(event.unpack(event.pack(arrival())), 0, 0, 0)


def test_garbage_behind_a_record_is_refused_or_shown_as_text() -> None:
    for rest in (b"\xff\xfe", b"   ", b"a b c d e", b"\x00"):
        try:
            shown = event.as_dict(event.unpack(event.pack(arrival()) + rest), 0, 0, 0)
        except ValueError:
            assert rest[0] > 126
            continue
        assert rest[0] <= 126 and shown["cause"] == "arrival"


def test_names_of_what_is_no_plain_change() -> None:
    for flags, name in ((0, "change"), (event.SWAP, "swap"), (event.DWELL, "dwell")):
        record = event.pack(Event(event.CHANGE, OCCUPIED, "arrival", 0, 0, 0, flags=flags))
        assert event.as_dict(event.unpack(record), 0, 0, 0)["event"] == name
