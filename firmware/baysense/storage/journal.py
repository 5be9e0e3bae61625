"""The journal of events: written before they are sent, struck out when acknowledged.

Guarantees, where closing a file makes it durable and rename is atomic (LittleFS):
- an event whose `append` returned is pending until `acknowledge` or until it is dropped for room;
- pending events come back in the order of their sequence numbers, which rise and are never used
  twice: the number of the last record is on flash with it, and blocks are reserved ahead in Counters
  (journal.0, journal.1) in case the file is damaged;
- a power cut loses at most the event being appended, which was never sent; an acknowledgement that was
  cut makes the event pending again: the receiver knows it by its number;
- a torn tail or a damaged record is left out, a copy of the file kept as *.bad and storage_corrupt
  reported; what is whole stays, and numbers go on behind the reserved block;
- at most CAPACITY events are kept: the oldest heartbeat goes first, then the oldest of all, reported
  as journal_overflow.

File journal.bin: records of 48 bytes, little-endian: kind u8 (index of KINDS; 255 strikes out `seq`,
254 only keeps the number), body length u8, seq u32, body padded with zeros to 38, CRC32 u32.
"""

import os
import struct
from binascii import crc32

from baysense.core.event import HEARTBEAT, KINDS
from baysense.core.faults import JOURNAL_OVERFLOW, STORAGE_CORRUPT
from baysense.storage import files
from baysense.storage.counters import Counters

CAPACITY = 96  # events: a day without uplink, 20 vehicles and hourly heartbeats
MAX_BODY_BYTES = 38
_HEAD = "<BBI"
_HEAD_BYTES = 6
_RECORD_BYTES = 48
_STRUCK = 255
_LAST = 254
_MOST_RECORDS = 2 * CAPACITY + 1  # the file is rewritten when it has grown to this, 9 KiB
_COUNTER = "event"


class Journal:
    """Bounded, append-only, checked record by record."""

    faults: int

    def __init__(self, root: str) -> None:
        self._path = root + "/journal.bin"
        self._counters = Counters(root, "journal")
        self.faults = self._counters.faults
        self._pending: dict = {}  # seq -> place in the file << 3 | kind; one small integer each
        self._records = self._most = self._last = 0
        self._read()

    def append(self, kind: str, body: bytes) -> int:
        """Write an event; return its sequence number, durable with it."""
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"event body has {len(body)} bytes, at most {MAX_BODY_BYTES} fit")
        if len(self._pending) >= CAPACITY:
            self._drop()
        seq = self._last + 1
        self._counters.reserve(_COUNTER, seq)
        self._write(_record(KINDS.index(kind), seq, body))
        self._last = seq
        self._pending[seq] = self._records - 1 << 3 | KINDS.index(kind)
        self._most = max(self._most, len(self._pending))
        return seq

    def pending(self, most: int = CAPACITY) -> list[tuple[int, bytes]]:
        """Return (seq, body) of the oldest unacknowledged events, in order."""
        result = []
        if self._pending:
            with open(self._path, "rb") as f:
                for seq in sorted(self._pending)[:most]:
                    f.seek((self._pending[seq] >> 3) * _RECORD_BYTES)
                    result.append((seq, _body(f.read(_RECORD_BYTES))))
        return result

    def acknowledge(self, seq: int) -> None:
        """Strike an event out; one that is not pending is ignored."""
        if seq in self._pending:
            self._write(_record(_STRUCK, seq, b""))
            del self._pending[seq]

    def high_water(self) -> int:
        """Return the most events that were pending at a time, as far back as the file goes."""
        return self._most

    def _drop(self) -> None:
        """Make room for one event."""
        self.faults |= JOURNAL_OVERFLOW
        heartbeat = KINDS.index(HEARTBEAT)
        heartbeats = [seq for seq in self._pending if self._pending[seq] & 7 == heartbeat]
        self.acknowledge(min(heartbeats or self._pending))

    def _write(self, record: bytes) -> None:
        if self._records >= _MOST_RECORDS:
            self._compact()
        with open(self._path, "ab") as f:
            f.write(record)
        self._records += 1

    def _read(self) -> None:
        """Take in the file record by record; rewrite it without what is damaged."""
        damaged = not self._scan()
        if damaged or self._last == 0:  # numbers may be lost: go on behind the reserved block
            self._last = max(self._last, self._counters.floor(_COUNTER) - 1)
        if damaged:
            self.faults |= STORAGE_CORRUPT
            self._compact(keep_old=True)

    def _scan(self) -> bool:
        """Read all records; return whether every one was whole."""
        whole = True
        if not files.exists(self._path):
            return whole
        with open(self._path, "rb") as f:
            record = f.read(_RECORD_BYTES)
            while record:
                whole = self._take(record) and whole
                self._records += 1
                record = f.read(_RECORD_BYTES)
        return whole

    def _take(self, record: bytes) -> bool:
        """Apply one record; return False when it is not whole."""
        if len(record) != _RECORD_BYTES or struct.unpack_from("<I", record, 44)[0] != crc32(record[:44]):
            return False
        kind, _, seq = struct.unpack_from(_HEAD, record)
        self._last = max(self._last, seq)
        if kind == _LAST:
            self._most = struct.unpack("<H", _body(record))[0]
        elif kind == _STRUCK:
            self._pending.pop(seq, None)
        else:
            self._pending[seq] = self._records << 3 | kind
            self._most = max(self._most, len(self._pending))
        return True

    def _compact(self, keep_old: bool = False) -> None:
        """Rewrite the file with the last number and what is pending; old or new after a power cut."""
        fresh = self._path + ".new"
        order = sorted(self._pending)
        with open(fresh, "wb") as new:
            new.write(_record(_LAST, self._last, struct.pack("<H", self._most)))
            if order:
                with open(self._path, "rb") as old:
                    for seq in order:
                        old.seek((self._pending[seq] >> 3) * _RECORD_BYTES)
                        new.write(old.read(_RECORD_BYTES))
        if keep_old:
            files.copy(self._path, self._path + ".bad")
        os.rename(fresh, self._path)
        for place, seq in enumerate(order):
            self._pending[seq] = place + 1 << 3 | self._pending[seq] & 7
        self._records = len(order) + 1


def _record(kind: int, seq: int, body: bytes) -> bytes:
    content = struct.pack(_HEAD, kind, len(body), seq) + body + bytes(MAX_BODY_BYTES - len(body))
    return content + struct.pack("<I", crc32(content))


def _body(record: bytes) -> bytes:
    return record[_HEAD_BYTES : _HEAD_BYTES + record[1]]
