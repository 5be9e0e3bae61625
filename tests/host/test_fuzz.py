"""The fuzz campaign: ten thousand inputs find nothing, and it finds what is put there to be found."""

import shutil
from pathlib import Path

import pytest

from baysense_host import paths
from baysense_host.bench.fuzz import findings
from baysense_host.bench.mutate.campaign import Campaign, again, fuzz
from baysense_host.bench.report import silent

SEED = 20260101


def told(campaign: Campaign) -> str:
    return "\n\n".join(str(finding) for finding in campaign.findings[:5])


@pytest.mark.slow
def test_twice_ten_thousand_inputs_neither_crash_nor_fool_the_node() -> None:
    campaign = fuzz(10_000, SEED, silent)
    assert not campaign.findings, told(campaign)
    frames = campaign.cases["airframes"] + campaign.cases["downlinks"]
    assert frames >= 10_000 and sum(campaign.cases.values()) - frames >= 10_000
    assert set(campaign.cases) >= {"commands", "desired", "uploads", "packets", "settings", "journal"}
    missed = [mark.id for mark in findings(campaign).marks if not mark.ok]
    assert missed == ["inputs", "frames"]  # a bench takes a million of each


# What is broken: file, what stands there, what comes in its place, the target that must notice, and what it calls it.
BROKEN = (
    ("storage/files.py", "if checksum == crc32(body):", "if True:", "settings", "accepted"),
    ("storage/files.py", "except (ValueError, MemoryError):", "except MemoryError:", "settings", "crash"),
    ("core/config.py", "field.low <= value <= field.high", "field.low <= value", "settings", "accepted"),
    ("storage/journal.py", "crc32(record) == _CHECKED", "True", "journal", "accepted"),
    ("storage/journal.py", "if self._damaged or self.last == 0:", "if self.last == 0:", "journal", "accepted"),
    ("storage/counters.py", "reserved[name] += BLOCK + 1", "pass", "counters", "accepted"),
    ("storage/credentials.py", 'if data[:1] != b"\\x30":', "if False:", "uploads", "accepted"),
    ("provision/rpc.py", "if not isinstance(params, dict):", "if False:", "commands", "crash"),
    ("endings.py", 'if params.get("dev_eui") != ', 'if "dev_eui" in params and None is ', "commands", "accepted"),
    ("net/sntp.py", "packet[24:32] == nonce", "packet", "sntp", "accepted"),
    ("net/mqtt.py", "except ValueError as error:", "except KeyError as error:", "packets", "crash"),
    ("net/mqtt.py", "self._until(lambda: acknowledged)", "self.tick()", "packets", "accepted"),
    ("lorawan/frame.py", "if self._mic(data, end) != data[end:]:", "if False:", "airframes", "accepted"),
    ("lorawan/frame.py", "following = last + 1", "following = max(last, 0)", "airframes", "accepted"),
    ("lorawan/join.py", "len(plain) - 4)[:4] != plain[-4:]:", "0) is None:", "airframes", "accepted"),
    ("lorawan/commands.py", " or at + 1 + size > len(data)", "", "airframes", "crash"),
    ("lorawan/session.py", "min(fcnt + _BLOCK, 0xFFFFFFFF)", "0", "airframes", "accepted"),
    ("lorawan/exchange.py", "radio.sleep()", "pass", "airframes", "refused"),
    ("core/downlink.py", "if at > len(payload) or name in", "if name in", "downlinks", "accepted"),
    ("core/downlink.py", "except (IndexError, UnicodeError):", "except UnicodeError:", "downlinks", "crash"),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("file", "sound", "broken", "target", "kind"), BROKEN, ids=[row[1] for row in BROKEN])
def test_a_planted_fault_is_found(tmp_path: Path, file: str, sound: str, broken: str, target: str, kind: str) -> None:
    firmware = tmp_path / "firmware"
    shutil.copytree(paths.firmware_dir(), firmware)
    source = firmware / "baysense" / file
    text = source.read_text(encoding="utf-8")
    assert sound in text
    source.write_text(text.replace(sound, broken), encoding="utf-8")
    assert any(again(target, SEED + batch, firmware).count(kind) for batch in range(4))


def test_a_batch_gives_the_same_again() -> None:
    first, second = again("records", SEED), again("records", SEED)
    assert first.cases == second.cases and first.findings == second.findings


def test_an_input_without_end_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = tmp_path / "firmware"
    shutil.copytree(paths.firmware_dir(), firmware)
    source = firmware / "baysense/core/event.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace('raise ValueError("event record of unknown layout")', "while True: pass"))
    monkeypatch.setattr("baysense_host.bench.mutate.worker._BATCH_S", 2)
    assert [finding["kind"] for finding in again("records", SEED, firmware).findings] == ["hang"]
