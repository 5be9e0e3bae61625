"""What a run comes to: truth beside what arrived, traces for plots, charge by cause."""

import json
from typing import Any

from baysense.core.config import defaults
from baysense_host.virtual.board import VirtualBoard
from baysense_host.virtual.fleet import Bay
from baysense_host.virtual.net.listener import Message
from baysense_host.virtual.power import life_years
from baysense_host.virtual.world.truth import Change
from baysense_host.virtual.world.world import World

_COARSE_US, _FINE_US = 60_000_000, 500_000
CHANGES = ("change", "swap")
CALIBRATED = "calibrated"  # the first state after power-up, no change of the bay
_CURRENTS = {"mcu": "active", "light sleep": "light_sleep", "deep sleep": "deep_sleep"}  # ledger -> board.json
_MATCH_S = 60.0  # an event belongs to a true change at most so far away (detection.md §6.1: −5…+60 s)


def bay_result(bay: Bay, world: World, number: int, messages: list[Message], end_us: int) -> dict[str, Any]:
    """Return one bay's part of the result."""
    environment = world.environment(number)
    times = _times(environment, end_us)
    own = [message for message in messages if f"/{bay.dev_eui}/" in message.topic]
    return {
        "name": bay.name,
        "dev_eui": bay.dev_eui,
        "truth": [
            {"t_s": change.t_us / 1e6, "state": state_name(change), "vehicle": change.vehicle}
            for change in world.truth(number)
            if change.t_us < end_us
        ],
        "events": [event for event in map(_event, own) if event is not None],
        "field": [[t / 1e6, *(round(value, 2) for value in environment.field_ut(t))] for t in times],
        "temperature": [[t / 1e6, round(environment.temperature_c(t), 2)] for t in range(0, end_us, 300_000_000)],
        "messages": [{"t_s": m.t_us / 1e6, "topic": m.topic, "bytes": len(m.payload)} for m in own],
        "wakes": wakes(bay),
        "energy": energy(bay),
        "start_state": _start_state(own),
        "thresholds_ut": _thresholds_ut(),
        "trouble": bay.technician.trouble,
        "console": list(bay.technician.printed.last),
    }


def wakes(bay: Bay) -> dict[str, int]:
    """Return how often what woke the node; a boot of its own for a report is none."""
    return {cause: count for cause, count in bay.board.wakes.items() if cause != "soft"}


def state_name(change: Change) -> str:
    """Return what a bay is after a true change."""
    return "occupied" if change.occupied else "free"


def energy(bay: Bay) -> dict[str, Any]:
    """Return the average current, the battery's life at it, and who took the charge."""
    low_ua, high_ua = bay.board.ledger.average_ua()
    charges = bay.board.ledger.charges()
    total = sum((low + high) / 2 for low, high in charges.values()) or 1.0
    facts = bay.board.options.facts
    capacity_mah = facts["capacity_mah"] if facts["power"] == "battery" else 0
    return {
        "average_ua": [low_ua, (low_ua + high_ua) / 2, high_ua],
        "life_years": [life_years(capacity_mah, high_ua), life_years(capacity_mah, low_ua)] if capacity_mah else None,
        "by_cause": [
            {
                "what": what,
                "mc": round((low + high) / 2, 3),
                "share": round((low + high) / 2 / total, 4),
                "mc_low": round(low, 3),
                "mc_high": round(high, 3),
                "source": _source(bay.board, what),
            }
            for what, (low, high) in sorted(charges.items(), key=lambda item: -sum(item[1]))
            if high > 0
        ],
    }


def _source(board: VirtualBoard, what: str) -> str:
    """Return where a consumer's current comes from; empty when nobody says so."""
    currents = board.options.facts["currents_ua"]
    if what == "wifi":
        return f"sending: {currents['wifi_tx']['source']}; receiving: {currents['wifi_rx']['source']}"
    if what in _CURRENTS:
        return str(currents[_CURRENTS[what]]["source"])
    chip = board.wiring.chips.get(what)
    return chip.current_source if chip else ""


def summary(bays: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the numbers of summary.json over all bays."""
    rows = [_bay_summary(bay) for bay in bays]
    errors = [error for row in rows for error in row["errors_s"]]
    return {
        "changes_true": sum(row["true"] for row in rows),
        "changes_received": sum(row["received"] for row in rows),
        "duplicates": sum(row["duplicates"] for row in rows),
        "out_of_order": sum(row["out_of_order"] for row in rows),
        "max_time_error_s": round(max(errors), 2) if errors else None,
        "wall_s": 0.0,
    }


def _bay_summary(bay: dict[str, Any]) -> dict[str, Any]:
    seen: set[int] = set()
    highest, duplicates, out_of_order = -1, 0, 0
    for event in bay["events"]:
        duplicates += event["seq"] in seen
        out_of_order += event["seq"] < highest
        highest = max(highest, event["seq"])
        seen.add(event["seq"])
    changes = [event for event in bay["events"] if event["state"] != "unknown"]
    errors = _time_errors_s(bay["truth"], changes)
    return {
        "true": len(bay["truth"]),
        "received": len({event["seq"] for event in changes}),
        "duplicates": duplicates,
        "out_of_order": out_of_order,
        "errors_s": errors,
    }


def _time_errors_s(truth: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[float]:
    """Return |time error| of every true change that has an event of its kind near it, one to one."""
    left = [event for event in events if event["t_s"] is not None]
    errors = []
    for change in truth:
        near = [e for e in left if e["state"] == change["state"] and abs(e["t_s"] - change["t_s"]) <= _MATCH_S]
        if near:
            best = min(near, key=lambda e: abs(e["t_s"] - change["t_s"]))
            left.remove(best)
            errors.append(abs(best["t_s"] - change["t_s"]))
    return errors


def _start_state(own: list[Message]) -> str:
    """Return what the node took the bay to be before the first change."""
    for message in own:
        if message.topic.endswith("/event"):
            body = json.loads(message.payload)
            if body["event"] in CHANGES:
                return str(body["state"]) if body["cause"] == CALIBRATED else "unknown"
    return "unknown"


def _thresholds_ut() -> dict[str, float]:
    """Return the deviations at which the detector decides, as a node has them from the factory."""
    config = defaults()
    return {"free": config["free_nt"] / 1000, "occupied": config["occupied_nt"] / 1000}


def _event(message: Message) -> dict[str, Any] | None:
    if not message.topic.endswith("/event"):
        return None
    body = json.loads(message.payload)
    if body["event"] not in CHANGES or body["cause"] == CALIBRATED:
        return None
    age_s = body["age_s"]
    received_s = message.t_us / 1e6
    return {
        "t_s": None if age_s is None else received_s - age_s,
        "received_s": received_s,
        "seq": body["seq"],
        "state": body["state"],
        "cause": body["cause"],
        "confidence": body["confidence"],
        "age_s": age_s,
    }


def _times(environment: Any, end_us: int) -> list[int]:
    """Return plot times: a minute apart while the field only drifts, half a second while something moves."""
    times = []
    t_us = 0
    while t_us < end_us:
        times.append(t_us)
        quiet_us = environment.quiet_until_us(t_us)
        t_us = min(t_us + _COARSE_US, quiet_us) if quiet_us > t_us + _FINE_US else t_us + _FINE_US
    return times
