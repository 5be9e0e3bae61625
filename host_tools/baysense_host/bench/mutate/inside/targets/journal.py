"""The journal file, and its reservations: no event that was not written, no number twice, and it goes on working."""

import random
import struct
from binascii import crc32

from baysense.core.event import BOOT, CHANGE, HEARTBEAT
from baysense.core.faults import STORAGE_CORRUPT
from baysense.storage.journal import Journal
from baysense_host.bench.mutate.inside.damage import damaged, noise, spoiled
from baysense_host.bench.mutate.inside.files import read, write
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.targets.target import Target

_RECORD_BYTES = 192
_FILES = ("/journal.bin", "/journal.0", "/journal.1")
_URGENT = (CHANGE, BOOT)
_HISTORY = "cchcbhccAchcchHccbAc"  # change, boot, heartbeat; acknowledge half of what is urgent, or a heartbeat

TYPE_CHECKING = False
if TYPE_CHECKING:
    Event = tuple[int, str, bytes]


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._written: set[Event] = set()
        self._snapshots: set[tuple[int, bytes]] = {(0, b"")}
        journal = Journal(folder)
        for letter in _HISTORY[:10]:
            self._live(journal, letter)
        self._earlier = self._content()
        for letter in _HISTORY[10:]:
            self._live(journal, letter)
        self._whole = self._content()
        known = Journal(folder)  # an acknowledgement may still be on its way to flash
        self._last, self._waiting = known.last, known.pending()

    def attempt(self) -> None:
        """See Target."""
        forged = random.getrandbits(2) == 0
        content: list[bytes | None] = list(self._whole)
        content[0] = _forged(self._whole[0]) if forged else _damaged(self._whole[0], self._earlier[0])
        if random.getrandbits(2) == 0:
            which = 1 + random.getrandbits(1)
            content[which] = spoiled(self._whole[which], self._earlier[which])
        self.tried = content
        for place, name in enumerate(_FILES):
            write(self.folder + name, content[place])
        journal = Journal(self.folder)
        self._check_damage(journal, content)
        self._check_events(journal, forged)
        self._check_going_on(journal, forged or self._cut_clean(content[0]))

    def _live(self, journal: Journal, letter: str) -> None:
        if letter == "A":
            urgent = [seq for seq, kind, _ in journal.pending() if kind != HEARTBEAT]
            journal.acknowledge(urgent[len(urgent) // 2], CHANGE)
        elif letter == "H":
            journal.acknowledge(min(seq for seq, kind, _ in journal.pending() if kind == HEARTBEAT), HEARTBEAT)
        else:
            kind = {"c": CHANGE, "b": BOOT, "h": HEARTBEAT}[letter]
            body, snapshot = noise(29 + random.getrandbits(4)), noise(random.randrange(60) if letter == "c" else 0)
            seq = journal.append(kind, body, snapshot)
            self._written.add((seq, kind, body))
            if snapshot:
                self._snapshots.add((seq, snapshot))

    def _content(self) -> list[bytes]:
        return [read(self.folder + name) for name in _FILES]

    def _check_damage(self, journal: Journal, content: list[bytes | None]) -> None:
        if content == self._whole:
            sound = not journal.faults and journal.pending() == self._waiting and journal.last == self._last
            expect(sound, REFUSED, f"a whole journal: faults {journal.faults}")
        elif content[0] is None or len(content[0]) % _RECORD_BYTES:
            expect(bool(journal.faults & STORAGE_CORRUPT), REFUSED, "a torn journal is not reported")

    def _check_events(self, journal: Journal, forged: bool) -> None:
        waiting = journal.pending()
        expect(len(waiting) == journal.waiting(), REFUSED, f"{journal.waiting()} wait, {len(waiting)} come")
        numbers = [seq for seq, _, _ in waiting]
        expect(len(set(numbers)) == len(numbers), ACCEPTED, f"a number twice: {numbers}")
        order = [(kind == HEARTBEAT, seq) for seq, kind, _ in waiting]
        expect(order == sorted(order), ACCEPTED, f"out of order: {order}")
        latest = journal.latest(20)
        expect(max([seq for seq, _ in latest] + numbers + [0]) <= journal.last, ACCEPTED, "a number above the last")
        if not forged:
            expect(self._written.issuperset(waiting), ACCEPTED, f"never written: {waiting}")
            shown = {(seq, body) for seq, _, body in self._written}
            expect(shown.issuperset(latest), ACCEPTED, f"never written: {latest}")
            expect(journal.snapshot() in self._snapshots, ACCEPTED, f"snapshot never taken: {journal.snapshot()}")

    def _check_going_on(self, journal: Journal, numbers_lost: bool) -> None:
        before = journal.pending()
        body = noise(29)
        seq = journal.append(CHANGE, body)
        least = max([seq for seq, _, _ in before] + [0 if numbers_lost else self._last])
        expect(seq > least, ACCEPTED, f"number {seq} again, after {least}")
        again = Journal(self.folder)
        kept = sorted(before + [(seq, CHANGE, body)])
        expect(sorted(again.pending()) == kept, REFUSED, "what waits does not survive a restart")
        again.acknowledge(seq, CHANGE)
        expect(again.waiting() == len([kind for _, kind, _ in before if kind == HEARTBEAT]), REFUSED, "still waits")

    def _cut_clean(self, content: bytes | None) -> bool:
        """Tell whether whole records are gone from the end and nothing else: as if they had never been written.

        LittleFS cannot do that to a file that was closed, and nothing in it would show.
        """
        return bool(content and len(content) % _RECORD_BYTES == 0 and self._whole[0].startswith(content))


def _damaged(data: bytes, other: bytes) -> bytes | None:
    if random.getrandbits(1):
        return spoiled(data, other)
    records = _records(data)
    at = random.randrange(len(records))
    way = random.getrandbits(2)
    if way == 0:
        del records[at]
    elif way == 1:
        records.insert(at, random.choice(records))
    elif way == 2:
        records[at] = random.choice(_records(other))
    else:
        records[at] = damaged(records[at])
    return b"".join(records)


def _forged(data: bytes) -> bytes:
    """Return a journal with a nonsensical record whose checksum is right."""
    records = _records(data)
    at = random.randrange(len(records))
    content = bytearray(records[at][:-4])
    if random.getrandbits(1):
        struct.pack_into("<BBBBI", content, 0, *_head())
    else:
        content = bytearray((damaged(bytes(content)) + bytes(len(content)))[: len(content)])
    records[at] = bytes(content) + struct.pack("<I", crc32(content))
    return b"".join(records)


def _head() -> tuple[int, int, int, int, int]:
    kind = random.choice((0, 1, 2, 3, 254, 255))
    sizes = [random.choice((0, 1, 8, 29, 90, 180, 181, 255)) for _ in range(2)]
    seq = random.choice((0, 1, 5, 15, 16, 64, 65, 66, 1 << 30, 0xFFFFFFFF))
    return kind, sizes[0], sizes[1], random.getrandbits(1), seq


def _records(data: bytes) -> list[bytes]:
    return [data[at : at + _RECORD_BYTES] for at in range(0, len(data), _RECORD_BYTES)]
