"""The one shape of a bench file (DESIGN, section 7)."""

import json
import os
import platform
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Tell = Callable[[str], None]  # where a long measurement says how far it is


def silent(text: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Mark:
    """One measured number beside the mark it should reach; no mark: shown for information."""

    id: str
    what: str
    value: float | None  # None: could not be measured, which misses any mark
    unit: str
    mark: float | None = None
    better: Literal["low", "high"] = "low"
    n: int = 1
    ci95: tuple[float, float] | None = None
    group: str = ""  # heads a table of its own: numbers of different kinds never stand in one

    @property
    def ok(self) -> bool:
        """Whether the mark was reached."""
        if self.mark is None:
            return True
        if self.value is None:
            return False
        return self.value <= self.mark if self.better == "low" else self.value >= self.mark

    def as_dict(self) -> dict[str, Any]:
        """Return the mark as it stands in the file."""
        return {
            "id": self.id,
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "mark": self.mark,
            "better": self.better,
            "ok": self.ok,
            "n": self.n,
            "ci95": list(self.ci95) if self.ci95 else None,
            **({"group": self.group} if self.group else {}),
        }


@dataclass(frozen=True)
class Findings:
    """What one part's bench found."""

    marks: list[Mark]
    detail: dict[str, Any] = field(default_factory=dict)


def as_record(part: str, findings: Findings) -> dict[str, Any]:
    """Return the whole content of a bench file."""
    return {
        "part": part,
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": f"{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}",
        "marks": [mark.as_dict() for mark in findings.marks],
        "detail": findings.detail,
    }


def write_record(record: dict[str, Any], folder: Path) -> Path:
    """Write `<part>.json` into the folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record['part']}.json"
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"
