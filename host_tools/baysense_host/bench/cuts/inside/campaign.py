"""The campaign of one worker: `campaign.py CUTS FIRST STEP` runs eras FIRST, FIRST + STEP ... until so many cuts.

An era begins with a fresh flash and its own seed, and can be run alone: CUTS 1, FIRST its number. One line of JSON
an era on stdout: {"era", "cuts", "by_mode", "found": [{"kind", "text", "life", "cut_at", "mode", "during"}]}.
"""

import json
import random
import sys

from baysense_host.bench.cuts.inside.finding import Finding
from baysense_host.bench.cuts.inside.life import Life, format_flash
from baysense_host.bench.cuts.inside.nor import DONE, LOST, TORN
from baysense_host.bench.cuts.inside.parts.bootlog import BootlogPart
from baysense_host.bench.cuts.inside.parts.counters import CountersPart
from baysense_host.bench.cuts.inside.parts.credentials import CredentialsPart
from baysense_host.bench.cuts.inside.parts.identity import IdentityPart
from baysense_host.bench.cuts.inside.parts.journal import JournalPart
from baysense_host.bench.cuts.inside.parts.settings import SettingsPart
from baysense_host.bench.cuts.inside.parts.timefloor import TimefloorPart
from baysense_host.bench.cuts.inside.parts.wiping import WipingPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from baysense_host.bench.cuts.inside.parts.part import Part

_LIVES = 200
_FINDINGS_ENOUGH = 20
_MODES = {LOST: "lost", TORN: "torn", DONE: "done"}
_BLOCKS = 160  # room for the fullest journal, its copy and a rewrite; few, so that every block comes round
_FILLS = {1: 40, 2: 600}  # by era: how many events wait most of the time; 600: more than there is room for
_CUT_WITHIN = (6, 30, 30, 240)  # operations after power-on: in the boot, in the first acts, after many


def era(number: int) -> "dict[str, Any]":
    """Run one era; it ends at the first finding, for what comes after that proves nothing."""
    random.seed(number)
    cells = format_flash(_BLOCKS)
    journal = JournalPart(_FILLS.get(number % 8, 4))
    Life(cells, 0, LOST).run([journal], journal.fill)
    identity = IdentityPart()
    parts: list[Part] = [SettingsPart(), CountersPart(), identity, BootlogPart(), CredentialsPart(), TimefloorPart()]
    parts.append(journal)
    wiping = WipingPart(cells, identity, list(parts))
    parts.insert(0, wiping)
    by_mode = {name: 0 for name in _MODES.values()}
    found = []
    for life_number in range(_LIVES):
        mode = random.choice((LOST, TORN, DONE))
        cut_at = random.randrange(1, random.choice(_CUT_WITHIN))
        life = Life(cells, cut_at, mode)
        wiping.power(life.flash)
        try:
            by_mode[_MODES[mode]] += life.run(parts)
        except Finding as finding:
            where = {"life": life_number, "cut_at": cut_at, "mode": _MODES[mode], "during": life.during}
            found.append({"kind": finding.kind, "text": finding.text} | where)
            break
    return {"era": number, "cuts": sum(by_mode.values()), "by_mode": by_mode, "found": found}


def main(cuts: int, first: int, step: int) -> None:
    """Run eras until there were enough cuts."""
    number, done, found = first, 0, 0
    while done < cuts and found < _FINDINGS_ENOUGH:
        result = era(number)
        sys.stdout.write(json.dumps(result) + "\n")
        done += result["cuts"]
        found += len(result["found"])
        number += step


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
