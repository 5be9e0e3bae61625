"""A made-up simulation result to develop the report against: plausible shapes, no claim to physics."""

import math
import random
from typing import Any

_DAY_S = 86_400
_EMPTY_UT = (17.9, 1.2, 46.1)
_CLASSES = ("compact", "saloon", "estate", "suv", "van", "motorhome")
_CHARGES = (
    ("deep sleep", 1300.0, 900.0, 1700.0, "board.json, maker's data sheet"),
    ("wi-fi transmit", 640.0, 480.0, 800.0, "ESP32-S3 data sheet 5.4"),
    ("boot", 410.0, 300.0, 520.0, "measured by others, 635 ms"),
    ("magnetometer", 170.0, 160.0, 190.0, "IIS2MDC data sheet table 3"),
    ("import and computing", 120.0, 70.0, 200.0, "assumed until measured"),
    ("flash", 20.0, 8.0, 35.0, "assumed until measured"),
)


def synthetic_result(bays: int = 1, days: float = 1.0, sessions: int = 20, seed: int = 7) -> dict[str, Any]:
    """Return a result in which every change arrives, once and in order."""
    rng = random.Random(seed)
    made = [_bay(rng, index, days, sessions) for index in range(bays)]
    changes = sum(len(bay["truth"]) for bay in made)
    return {
        "scenario": "demo",
        "seed": seed,
        "board": "HELTEC_WIFI_LORA_32_V3",
        "days": days,
        "mode": "fast",
        "wall_s": 2.31 * bays,
        "version": "0.1.0",
        "bays": made,
        "summary": {
            "changes_true": changes,
            "changes_received": changes,
            "duplicates": 0,
            "out_of_order": 0,
            "max_time_error_s": max((_error(bay) for bay in made), default=0.0),
            "wall_s": 2.31 * bays,
        },
    }


def _error(bay: dict[str, Any]) -> float:
    pairs = zip(bay["truth"], bay["events"], strict=True)
    return round(max((abs(e["t_s"] - t["t_s"]) for t, e in pairs), default=0.0), 3)


def _bay(rng: random.Random, index: int, days: float, sessions: int) -> dict[str, Any]:
    truth, shifts = _sessions(rng, days, sessions)
    return {
        "name": f"bay-{index + 1}",
        "dev_eui": f"70b3d57ed00{index:05x}",
        "truth": truth,
        "events": [_event(rng, seq, change) for seq, change in enumerate(truth, start=1)],
        "field": _field(rng, days, truth, shifts),
        "temperature": [[t, round(_temperature_c(t), 2)] for t in range(0, int(days * _DAY_S), 600)],
        "messages": _messages(index, days, truth),
        "wakes": {"timer": int(24 * days), "deviation": 2 * len(truth), "power": 1},
        "energy": _energy(rng),
        "start_state": "free",
        "thresholds_ut": {"free": 2.5, "occupied": 6.0},
    }


def _sessions(rng: random.Random, days: float, per_day: int) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the true changes and what each vehicle adds to the field [µT]."""
    cuts = sorted(
        rng.uniform(6.0, 22.5) * 3600 + day * _DAY_S for day in range(math.ceil(days)) for _ in range(2 * per_day)
    )
    truth, shifts = [], []
    for number, t_s in enumerate(cuts):
        if number % 2 == 0:
            vehicle = rng.choice(_CLASSES)
            shifts.append([rng.uniform(-14, 14), rng.uniform(-12, 12), rng.uniform(6, 24)])
        state = ("occupied", "free")[number % 2]
        truth.append({"t_s": round(t_s, 3), "state": state, "vehicle": vehicle})
    return truth, shifts


def _event(rng: random.Random, seq: int, change: dict[str, Any]) -> dict[str, Any]:
    t_s = change["t_s"] + rng.uniform(-0.1, 0.6)
    delay_s = rng.uniform(3.5, 6.5)
    return {
        "t_s": round(t_s, 3),
        "received_s": round(t_s + delay_s, 3),
        "seq": seq,
        "state": change["state"],
        "cause": "field",
        "confidence": round(rng.uniform(0.82, 0.99), 2),
        "age_s": round(delay_s, 1),
    }


def _temperature_c(t_s: float) -> float:
    return 13.0 + 9.0 * math.sin((t_s / _DAY_S - 0.375) * 2 * math.pi)


def _field(rng: random.Random, days: float, truth: list[dict[str, Any]], shifts: list[Any]) -> list[list[float]]:
    times = set(range(0, int(days * _DAY_S), 60))
    for change in truth:
        times.update(int(change["t_s"]) + offset for offset in range(-12, 4))
    return [_vector(rng, t_s, truth, shifts) for t_s in sorted(times) if 0 <= t_s < days * _DAY_S]


def _vector(rng: random.Random, t_s: int, truth: list[dict[str, Any]], shifts: list[Any]) -> list[float]:
    before = [number for number, change in enumerate(truth) if change["t_s"] <= t_s]
    parked = shifts[before[-1] // 2] if before and before[-1] % 2 == 0 else (0.0, 0.0, 0.0)
    near = any(-12 < t_s - change["t_s"] < 1 for change in truth)
    shake = [rng.gauss(0, 14) if near else rng.gauss(0, 0.12) for _ in range(3)]
    drift = 0.04 * (_temperature_c(t_s) - 13.0)
    return [
        float(t_s),
        *(round(e + p + s + drift, 2) for e, p, s in zip(_EMPTY_UT, parked, shake, strict=True)),
    ]


def _messages(index: int, days: float, truth: list[dict[str, Any]]) -> list[dict[str, Any]]:
    base = f"baysense/70b3d57ed00{index:05x}"
    sent = [(change["t_s"] + 4.2, "event", 188) for change in truth]
    sent += [(hour * 3600 + 2.0, "health", 241) for hour in range(int(24 * days))]
    return [{"t_s": t_s, "topic": f"{base}/{leaf}", "bytes": size} for t_s, leaf, size in sorted(sent)]


def _energy(rng: random.Random) -> dict[str, Any]:
    scale = rng.uniform(0.9, 1.1)
    total = sum(charge[1] for charge in _CHARGES)
    causes = [
        {
            "what": what,
            "mc": mid * scale,
            "mc_low": low * scale,
            "mc_high": high * scale,
            "share": mid / total,
            "source": source,
        }
        for what, mid, low, high, source in _CHARGES
    ]
    return {
        "average_ua": [22.2 * scale, 30.8 * scale, 39.9 * scale],
        "life_years": [5.1, 8.9],
        "by_cause": causes,
    }
