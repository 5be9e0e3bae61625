"""Boot log, time floor and stored credentials: small files that the node reads whenever it likes."""

import json
import random
import struct

from baysense.storage import bootlog, credentials, timefloor
from baysense_host.bench.mutate.inside.damage import checked, damaged, passes, spoiled
from baysense_host.bench.mutate.inside.files import read, write
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.targets.target import Target

_FLOOR_S = 850_000_000
_DER = b"\x30\x82\x01\x00" + bytes(range(256))


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        for start in range(40):
            bootlog.note(folder, "boot" if start % 3 else "fault", "power", random.getrandbits(22), start, 60 * start)
        timefloor.keep(folder, _FLOOR_S)
        credentials.write(folder, "ca", 0, _DER, len(_DER), struct.unpack("<I", checked(_DER)[:4])[0])
        self._files = {name: read(folder + "/" + name) for name in ("bootlog", "timefloor", "ca.der")}
        self._entries = bootlog.entries(folder)
        self._digest = credentials.digest(folder)

    def attempt(self) -> None:
        """See Target."""
        name = random.choice(list(self._files))
        whole = self._files[name]
        mutation = spoiled(whole) if random.getrandbits(1) else checked(damaged(whole[4:]))
        self.tried = (name, mutation)
        write(self.folder + "/" + name, mutation)
        trust = whole if mutation == whole else mutation if passes(mutation) else None
        {"bootlog": self._check_bootlog, "timefloor": self._check_floor, "ca.der": self._check_ca}[name](trust)
        write(self.folder + "/" + name, whole)

    def _check_bootlog(self, trust: bytes | None) -> None:
        entries = bootlog.entries(self.folder)
        json.dumps(entries)
        if trust is None:
            expect(not entries, ACCEPTED, "a log with a wrong checksum was read")
        elif trust == self._files["bootlog"]:
            expect(entries == self._entries, REFUSED, "a whole log was not read")
        before = len(entries)
        bootlog.note(self.folder, "boot", "power", 0, 1, 2)
        noted = bootlog.entries(self.folder)
        expect(1 <= len(noted) <= bootlog.ENTRIES, ACCEPTED, f"a log of {before} became one of {len(noted)}")
        expect(noted[-1]["clock_s"] == 2, REFUSED, "the log takes no more")

    def _check_floor(self, trust: bytes | None) -> None:
        floor_s = timefloor.stored_s(self.folder)
        stored = 0 if trust is None or len(trust) != 8 else struct.unpack_from("<I", trust, 4)[0]
        expect(floor_s == stored, ACCEPTED if stored == 0 else REFUSED, f"floor {floor_s}, stored {stored}")

    def _check_ca(self, trust: bytes | None) -> None:
        found = credentials.read(self.folder, "ca")
        if trust is None:
            expect(found is None, ACCEPTED, "a certificate with a wrong checksum was used")
            expect(credentials.digest(self.folder) == "", ACCEPTED, "the hash of nothing")
        elif found is not None:
            expect(len(found) <= credentials.MOST_BYTES and found == trust[4:], ACCEPTED, "another certificate")
        if trust == self._files["ca.der"]:
            expect(found == _DER and credentials.digest(self.folder) == self._digest, REFUSED, "a whole certificate")
        if found is None:  # whatever was there, a new one can be stored
            taken = credentials.write(
                self.folder, "ca", 0, _DER, len(_DER), struct.unpack("<I", checked(_DER)[:4])[0]
            )
            expect(taken and credentials.read(self.folder, "ca") == _DER, REFUSED, "no certificate can be stored")
