"""The journal of events: written before they are sent, struck out once they are acknowledged.

Guarantees, where closing a file makes it durable and rename is atomic (LittleFS):
- an event whose `append` returned is pending until it is acknowledged or dropped for room, and what the detector
  knew then is in the same record: after a power cut both are there or neither;
- `pending` gives changes and boots in the order of their sequence numbers, then heartbeats in theirs. Numbers rise
  and are never used twice: the last one is on flash, and blocks are reserved ahead in Counters (journal.0,
  journal.1) in case the file is damaged;
- a power cut loses at most the event being appended, which was never sent;
- an acknowledgement lasts from the next `append` on. Until then a restart makes its events pending again, in their
  order: whoever opens the journal acknowledges them once more if it still knows (the node does, in RTC memory), and
  otherwise they are sent again, and the receiver drops them by their numbers;
- a torn tail, a damaged record or one that makes no sense is left out, a copy of the file kept as *.bad and
  storage_corrupt reported; what is whole stays, and numbers go on behind the reserved block;
- at most CAPACITY events wait: the oldest heartbeat goes first, then the oldest of all, in the same write as the
  new event, reported as journal_overflow;
- a full disk raises OSError and changes nothing; what is there can be read and acknowledged, and appending goes on
  once there is room.

Wear: one block erase and half a block programmed for an event, nothing for acknowledging. What was acknowledged in
between is a second record in the same write, which now and then begins one more block; the file is rewritten instead
of appended to when over 64 records, or more than wait, are of no use any more.

File journal.bin: records of 192 bytes, little-endian: kind u8 (index of KINDS; 255 is a mark), body length u8,
snapshot length u8, 0, seq u32, body and snapshot padded with zeros to 180, CRC32 u32. A mark has the last number
used as its seq, and as its body up to which number urgent events are done with, and heartbeats, u32 each.
"""

import struct
from binascii import crc32

from baysense.core.event import HEARTBEAT, KINDS
from baysense.core.faults import JOURNAL_OVERFLOW, STORAGE_CORRUPT
from baysense.storage import files
from baysense.storage.counters import Counters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

CAPACITY = 512  # events: a week without uplink, 40 changes and 24 heartbeats a day and some boots
ROOM_BYTES = 180  # for body and snapshot
_RECORD_BYTES = 192
_CHECKED = 0x2144DF1C  # CRC-32 of anything followed by its own CRC-32
_MARK = 255
_MOST_BYTES = 4 * CAPACITY * _RECORD_BYTES  # twice what the file can grow to: a longer one is foreign
_KEPT = 8  # newest events that stay for `latest`, whatever became of them
_ROUTINE = KINDS.index(HEARTBEAT)
_COUNTER = "event"


class Journal:
    """Bounded, append-only, checked record by record.

    Two classes of events are counted, urgent ones [0] and heartbeats [1]: the number up to which they are done
    with, the same as the file has it, how many wait, and where in the file the first of them lies.
    """

    _done: list[int]
    _marked: list[int]
    _waiting: list[int]
    _first: list[int]
    _records: int  # in the file, of whatever kind
    _snapshot: int  # where the newest one lies, -1 if there is none
    _damaged: bool

    def __init__(self, root: str) -> None:
        self._path = root + "/journal.bin"
        self._counters = Counters(root, "journal")
        self.faults = self._counters.faults
        self.last = 0  # newest number used
        self._done = [0, 0]
        self._take_stock()
        if self._damaged or self.last == 0:  # numbers may be lost: go on behind the reserved block
            self.last = max(self.last, self._counters.floor(_COUNTER) - 1)
        if self._damaged:
            files.copy_aside(self._path)
            try:
                self._rewrite(b"", self._done)
            except OSError:
                return  # full: the next write tries again

    def append(self, kind: str, body: bytes, snapshot: bytes = b"") -> int:
        """Write an event and what the detector knows; return its sequence number, durable with it."""
        if len(body) + len(snapshot) > ROOM_BYTES:
            raise ValueError(f"event has {len(body) + len(snapshot)} bytes, at most {ROOM_BYTES} fit")
        seq = self.last + 1
        self._counters.reserve(_COUNTER, seq)
        done = self._done_without_oldest() if self.waiting() >= CAPACITY else self._done
        if self._write(_record(KINDS.index(kind), seq, body, snapshot), done):
            return seq
        routine = int(kind == HEARTBEAT)
        self._strike_out(done)
        if not self._waiting[routine]:
            self._first[routine] = self._records - 1
        self._waiting[routine] += 1
        if snapshot:
            self._snapshot = self._records - 1
        self.last = seq
        return seq

    def waiting(self) -> int:
        """Return how many events are not acknowledged."""
        return self._waiting[0] + self._waiting[1]

    def pending(self, most: int = CAPACITY) -> list[tuple[int, str, bytes]]:
        """Return (seq, kind, body) of waiting events: urgent ones, oldest first, then heartbeats, oldest first."""
        result: list[tuple[int, str, bytes]] = []
        for routine in (0, 1):
            if self._waiting[routine] and len(result) < most:
                with open(self._path, "rb") as f:
                    for _, seq, kind, body in self._events(f, routine):
                        result.append((seq, KINDS[kind], body))
                        if len(result) == most:
                            break
        if len(result) < min(most, self.waiting()):
            self._take_stock()  # what was there is no longer whole
        return result

    def acknowledge(self, seq: int, kind: str) -> None:
        """Strike out everything of this kind's class up to this number; on flash with the next event."""
        routine = int(kind == HEARTBEAT)
        if self._waiting[routine] and self._done[routine] < seq <= self.last:
            done = list(self._done)
            done[routine] = seq
            self._strike_out(done)

    def latest(self, most: int) -> list[tuple[int, bytes]]:
        """Return (seq, body) of the newest events, waiting or not, oldest first."""
        result: list[tuple[int, bytes]] = []
        if self._records:
            with open(self._path, "rb") as f:
                for place in range(self._records - 1, -1, -1):
                    kind, seq, body, _ = _at(f, place)
                    if len(result) == most:
                        break
                    if kind < _MARK:
                        result.insert(0, (seq, body))
        return result

    def snapshot(self) -> tuple[int, bytes]:
        """Return number and snapshot of the newest event that had one; 0 and nothing if there was none."""
        if self._snapshot < 0:
            return 0, b""
        with open(self._path, "rb") as f:
            _, seq, _, snapshot = _at(f, self._snapshot)
        return seq, snapshot

    def _events(self, f: "BinaryIO", routine: int) -> "Iterator[tuple[int, int, int, bytes]]":
        """Yield place, number, kind and body of the events of a class that wait, oldest first."""
        left = self._waiting[routine]
        place = self._first[routine]
        while left and place < self._records:
            kind, seq, body, _ = _at(f, place)
            if kind < _MARK and (kind == _ROUTINE) == routine:
                yield place, seq, kind, body
                left -= 1
            place += 1

    def _done_without_oldest(self) -> list[int]:
        """Return what is done with when room is made for one event."""
        self.faults |= JOURNAL_OVERFLOW
        routine = 1 if self._waiting[1] else 0
        done = list(self._done)
        with open(self._path, "rb") as f:
            done[routine] = max(done[routine], _at(f, self._first[routine])[1])
        return done

    def _strike_out(self, done: list[int]) -> None:
        """Take note of what is done with, and find the first events that still wait."""
        for routine in (0, 1):
            if done[routine] > self._done[routine]:
                left = self._waiting[routine]
                with open(self._path, "rb") as f:
                    for place, seq, _, _ in self._events(f, routine):
                        self._first[routine] = place
                        if seq > done[routine]:
                            break
                        left -= 1
                self._waiting[routine] = left
        self._done = done

    def _take_stock(self) -> None:
        """Read the whole file, backwards: what a mark strikes out stands before it."""
        self._marked, self._waiting, self._first = [0, 0], [0, 0], [0, 0]
        self._snapshot = -1
        self._records = 0
        size = files.size_bytes(self._path)
        self._damaged = size > _MOST_BYTES
        if self._damaged:
            files.set_aside(self._path)
        elif size >= 0:
            self._damaged = size % _RECORD_BYTES > 0
            self._records = size // _RECORD_BYTES
            with open(self._path, "rb") as f:
                self._take_all(f)
        if self._damaged:
            self.faults |= STORAGE_CORRUPT

    def _take_all(self, f: "BinaryIO") -> None:
        bound = self._counters.floor(_COUNTER)  # numbers from there on were never given out
        if bound == 1:
            bound = 1 << 30  # the reservations are lost
        for place in range(self._records - 1, -1, -1):
            kind, seq, body, snapshot = _at(f, place)
            if kind > _MARK or seq >= bound:
                self._damaged = True
            else:
                self.last = max(self.last, seq)
                bound = seq
                if kind == _MARK:
                    bound += 1
                    done = struct.unpack("<II", body)
                    self._marked = _later(self._marked, done)
                    self._done = _later(self._done, done)
                elif seq > self._done[kind == _ROUTINE]:
                    self._first[kind == _ROUTINE] = place
                    self._waiting[kind == _ROUTINE] += 1
                if snapshot and self._snapshot < 0:
                    self._snapshot = place

    def _write(self, record: bytes, done: list[int]) -> bool:
        """Make a record and what is done with durable; return whether the file was rewritten and stock taken."""
        waiting = self.waiting()
        if self._damaged or self._records - waiting > max(64, waiting):
            try:
                self._rewrite(record, done)
                return True
            except OSError:
                if self._damaged:
                    raise
        records = record if done == self._marked else _mark(self.last, done) + record
        try:
            with open(self._path, "ab") as f:
                f.write(records)
        except OSError:
            self._take_stock()  # nobody knows what is there now
            raise
        self._records += len(records) // _RECORD_BYTES
        self._marked = done
        return False

    def _rewrite(self, record: bytes, done: list[int]) -> None:
        """Rewrite the file with what is of use, and this record; old or new after a power cut."""
        files.replace(self._path, lambda new: self._fill(new, record, done))
        self._take_stock()

    def _fill(self, new: "BinaryIO", addition: bytes, done: list[int]) -> None:
        if self._records:
            with open(self._path, "rb") as old:
                newest = 0
                for place in range(self._records):
                    record = old.read(_RECORD_BYTES)
                    kind, seq, _, _ = _parse(record)
                    if kind < _MARK and newest < seq <= self.last:
                        newest = seq
                        waits = seq > done[kind == _ROUTINE]
                        if waits or place == self._snapshot or seq > self.last - _KEPT:
                            new.write(record)
        new.write(_mark(self.last, done) + addition)


def _record(kind: int, seq: int, body: bytes, snapshot: bytes = b"") -> bytes:
    content = struct.pack("<BBBBI180s", kind, len(body), len(snapshot), 0, seq, body + snapshot)
    return content + struct.pack("<I", crc32(content))


def _mark(last: int, done: list[int]) -> bytes:
    return _record(_MARK, last, struct.pack("<II", done[0], done[1]))


def _later(first: "Sequence[int]", second: "Sequence[int]") -> list[int]:
    return [max(first[0], second[0]), max(first[1], second[1])]


def _at(f: "BinaryIO", place: int) -> tuple[int, int, bytes, bytes]:
    f.seek(place * _RECORD_BYTES)
    return _parse(f.read(_RECORD_BYTES))


def _parse(record: bytes) -> tuple[int, int, bytes, bytes]:
    """Return kind, number, body and snapshot; a kind above _MARK if it is not whole or makes no sense."""
    if len(record) == _RECORD_BYTES and crc32(record) == _CHECKED:
        kind, body_bytes, snapshot_bytes, _, seq = struct.unpack_from("<BBBBI", record)
        end = 8 + body_bytes + snapshot_bytes
        body = record[8 : 8 + body_bytes]
        if kind == _MARK:
            sensible = body_bytes == 8 and snapshot_bytes == 0 and max(struct.unpack("<II", body)) <= seq
        else:
            sensible = kind < len(KINDS) and seq > 0 and end <= 8 + ROOM_BYTES
        if sensible:
            return kind, seq, body, record[8 + body_bytes : end]
    return _MARK + 1, 0, b"", b""
