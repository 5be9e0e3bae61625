"""The power-cut campaign: storage survives it, and what does not survive is found."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from baysense_host.bench.cuts.campaign import Campaign, Result
from baysense_host.bench.cuts.worker import reports
from baysense_host.bench.parts import parts
from baysense_host.bench.powercut import run
from baysense_host.bench.report import silent
from baysense_host.errors import ToolError
from baysense_host.paths import firmware_dir

CUTS = 800
CUTS_TO_WIPE = 2400  # wipes are rare
# What takes the place of a guard, behind the module's own code.
IN_PLACE = """
def replace_checked(path, body):
    with open(path, "wb") as f:
        f.write(struct.pack("<I", crc32(body)))
        f.flush()
        f.write(body)
"""
NO_RESERVATION = """
def _reserve(self, name, number, block=BLOCK):
    self._reserved[name] = number
Counters.reserve = _reserve
"""
RESERVED_AFTERWARDS = """
def _next(self, name, block=BLOCK):
    number = self._next.get(name, self.floor(name))
    self._next[name] = number + 1
    if number % 8 == 0:
        self.reserve(name, number, block)
    return number
Counters.next = _next
"""
WIPED_ONLY_BY_REMOVING = """
def _use_every_block(path, feed):
    with open(path, "wb") as f:
        f.write(bytes(1024))
"""
RECEIPTS_FORGOTTEN = """
def _write(self, record, done, write=Journal._write):
    self._marked = done
    return write(self, record, done)
Journal._write = _write
"""
REMOVED_FIRST = """
_os = os
class os:
    stat, statvfs, listdir = _os.stat, _os.statvfs, _os.listdir
    mkdir, rmdir, remove = _os.mkdir, _os.rmdir, _os.remove
    def rename(old, new):
        try:
            _os.remove(new)
        except OSError:
            pass
        _os.rename(old, new)
"""


@pytest.fixture
def without(tmp_path: Path) -> Callable[[str, str, int], Result]:
    """Run the campaign on a firmware without one of its guards."""

    def campaign(module: str, instead: str, cuts: int) -> Result:
        shutil.copytree(firmware_dir() / "baysense", tmp_path / "baysense")
        for source in (tmp_path / "baysense" / "storage").glob(module):
            source.write_text("import os\n" + source.read_text() + instead)
        return Campaign(cuts, 2, silent, tmp_path).run()

    return campaign


@pytest.mark.slow
def test_storage_survives_and_wear_is_measured() -> None:
    told: list[str] = []
    findings = run(told.append, quick=True)
    assert findings.detail["found"] == []
    marks = {mark.id: mark for mark in findings.marks}
    broken = [marks[kind].value for kind in ("lost", "duplicate", "reused", "unbootable", "crash", "secret")]
    assert broken == [0] * 6
    assert (marks["cuts"].value or 0) >= 1500 and min(findings.detail["cuts_by_mode"].values()) > 300
    assert 1 < (marks["erases_per_event"].value or 0) < 20 and marks["years_spread"].ok
    assert len(told) >= 4


@pytest.mark.slow
def test_same_numbers_same_cuts() -> None:
    assert list(reports("campaign", firmware_dir(), 100, 3, 1)) == list(
        reports("campaign", firmware_dir(), 100, 3, 1)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "instead", "kind"),
    [
        ("files.py", IN_PLACE, "lost"),
        ("counters.py", NO_RESERVATION, "reused"),
        ("counters.py", RESERVED_AFTERWARDS, "reused"),
        ("journal.py", RECEIPTS_FORGOTTEN, "duplicate"),
        ("*.py", REMOVED_FIRST, "lost"),
        ("wipe.py", WIPED_ONLY_BY_REMOVING, "secret"),
    ],
    ids=["in place", "no reservation", "reserved late", "receipts", "removed before renamed", "only removed"],
)
def test_a_guard_that_is_gone_is_missed(
    without: Callable[[str, str, int], Result], module: str, instead: str, kind: str
) -> None:
    result = without(module, instead, CUTS_TO_WIPE if module == "wipe.py" else CUTS)
    assert result.count(kind) > 0, result.found


def test_broken_harness_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="failed"):
        Campaign(10, 1, silent, tmp_path).run()


def test_powercut_is_a_part() -> None:
    assert "powercut" in parts()
