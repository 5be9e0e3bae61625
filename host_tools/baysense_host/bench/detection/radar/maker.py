"""The maker's own way with a 60 GHz radar, replayed on the maker's recordings beside the maker's results.

A vehicle reflects alike at one distance for some frames; a person scatters. Each frame becomes a signature: how far
its strong points lie on average, and how strong the strongest is.
"""

import importlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.data import recordings
from baysense_host.errors import ToolError

_FRAMES = "sessions/session_0/group_0/entry_0"
_TRUE = "TRUE"  # of the enumeration in which results are stored; its numbers are not those of a bool

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """Frames of one place, with what the maker configured and calibrated there."""

    frames: NDArray[np.complex128]  # [frame, point]
    distances_m: Array  # [point]
    noise: float  # amplitude
    frames_kept: int
    amplitude_threshold: float  # times the noise
    near_m: float  # so close together are signatures of one thing
    share: float  # of the frames kept that must agree


def replays() -> list[dict[str, Any]]:
    """Return for each recording how many frames were judged as the maker does, or why none were."""
    paths = recordings("radar_a121/parking_*.h5")
    if not paths:
        return []
    if importlib.util.find_spec("h5py") is None:
        return [{"left_out": "h5py is not installed: the recordings of the 60 GHz radar were not replayed"}]
    return [_replay(path) for path in paths]


def vehicles(recording: Recording) -> NDArray[np.bool_]:
    """Return after each frame whether a vehicle stands there."""
    amplitude = np.maximum(np.abs(recording.frames) / recording.noise - 1, 0)
    weight = amplitude * recording.distances_m / recording.distances_m[0]  # echoes weaken with the distance
    strongest, total = weight.max(1), weight.sum(1)
    away_m = (weight @ recording.distances_m) / np.where(total > 0, total, 1)
    strong = strongest > recording.amplitude_threshold
    kept, needed = recording.frames_kept, recording.share * recording.frames_kept
    found = np.zeros(len(strong), bool)
    for last in range(len(found)):
        span = slice(max(last + 1 - kept, 0), last + 1)
        signatures_m = away_m[span][strong[span]]
        near = np.abs(signatures_m[:, None] - signatures_m) < recording.near_m
        found[last] = near.sum(1).max(initial=0) > needed
    return found


def _replay(path: Path) -> dict[str, Any]:
    said, expected = vehicles(_read(path)), _expected(path)
    return {"name": path.name, "frames": len(expected), "as_the_maker": int((said == expected).sum())}


def _read(path: Path) -> Recording:
    h5py = importlib.import_module("h5py")
    try:
        with h5py.File(path) as file:
            settings = json.loads(file["algo/ref_app_config"][()])
            frame = file[f"{_FRAMES}/result/frame"][()]
            session = json.loads(file["sessions/session_0/session_config"][()])
            step_m = json.loads(file[f"{_FRAMES}/metadata"][()])["base_step_length_m"]
            noise = float(file["algo/context/noise_level"][()])
    except (OSError, KeyError, ValueError) as e:
        raise ToolError(f"{path} is no recording of a parking radar", "leave it out of this folder") from e
    swept = next(iter(session["groups"][0].values()))["subsweeps"][0]  # a second one looks at the cover only
    points = swept["start_point"] + swept["step_length"] * np.arange(swept["num_points"])
    iq = (frame["real"] + 1j * frame["imag"]).mean(axis=1)[:, : swept["num_points"]]
    return Recording(
        frames=iq,
        distances_m=points * step_m,
        noise=noise,
        frames_kept=int(settings["queue_length_n"]),
        amplitude_threshold=float(settings["amplitude_threshold"]),
        near_m=float(settings["weighted_distance_threshold_m"]),
        share=float(settings["signature_similarity_threshold"]) / 100,
    )


def _expected(path: Path) -> NDArray[np.bool_]:
    h5py = importlib.import_module("h5py")
    place = path.stem.removeprefix("parking_")
    results = sorted(path.parent.glob(f"expected_{place}*.h5"))
    if not results:
        raise ToolError(f"{path} has no results of the maker beside it", f"put expected_{place}.h5 there")
    with h5py.File(results[0]) as file:
        stored = file["car_detected"]
        found: NDArray[np.bool_] = stored[()] == h5py.check_enum_dtype(stored.dtype)[_TRUE]
    return found
