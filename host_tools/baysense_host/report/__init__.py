"""The report of a simulated run: a page for people, a picture, and the summary for machines."""

import json
from pathlib import Path
from typing import Any

from baysense_host.report.result import as_result


def write_report(result: dict[str, Any], out: Path) -> list[Path]:
    """Write report.html, timeline.png and summary.json into `out` and return their paths."""
    from baysense_host.report.page import page
    from baysense_host.report.picture import draw

    known = as_result(result)
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / name for name in ("report.html", "timeline.png", "summary.json")]
    paths[0].write_text(page(known), encoding="utf-8")
    draw(known, paths[1])
    paths[2].write_text(json.dumps(known["summary"], indent=2) + "\n", encoding="utf-8")
    return paths
