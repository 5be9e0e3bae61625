"""Uploads of credentials, piece by piece: what comes into force is what was announced, and DER."""

import json
import random
from binascii import b2a_base64, crc32

from baysense import methods
from baysense.provision.rpc import Rpc
from baysense.storage import credentials
from baysense_host.bench.mutate.inside.damage import noise
from baysense_host.bench.mutate.inside.finding import ACCEPTED, REFUSED, expect
from baysense_host.bench.mutate.inside.living import SECRETS, living
from baysense_host.bench.mutate.inside.nonsense import mangled
from baysense_host.bench.mutate.inside.request import asked, text_of
from baysense_host.bench.mutate.inside.targets.target import Target
from baysense_host.bench.mutate.inside.valid import check_reply

_PIECE_BYTES = 600  # as the tools send it
_SIZES = (1, 40, 599, 600, 601, 1200, 1500, 4096, 4097)
_WORDS = (b'"ca"', b'"cert"', b'"key"', b"0", b"600", b"4096", b"4097", b'"MAEC"', b'"!"', b'""', b"1.0", b'"../ca"')

TYPE_CHECKING = False
if TYPE_CHECKING:
    Stored = dict[str, tuple[int, int, bytes] | None]  # size, CRC32 and first byte by name


class Fuzz(Target):
    """See the module."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._rpc = Rpc(methods.table(living(folder)))
        self._offsets: list[int] = []
        self._bad = -1  # which of them is mutated
        self._whole = False

    def attempt(self) -> None:
        """See Target."""
        if not self._offsets:
            self._begin()
        before = self._stored()
        self.tried = piece = self._piece()
        answer = self._rpc.answer(text_of(piece))
        after = self._stored()
        request = asked(piece)
        if answer is None:
            stored = after != before
            expect(not stored or request is not None, ACCEPTED, "stored though nobody asked for it")
        else:
            result = check_reply(answer.encode(), request and request.get("id"), SECRETS).get("result")
            stored = isinstance(result, dict) and result["stored"] is True
            expect(stored or after == before, ACCEPTED, "something else is stored after a refusal")
        if stored and request is not None:
            self._check_stored(request["params"], before, after)  # type: ignore[arg-type]
        elif self._whole and not self._offsets:
            expect(len(self._data) > credentials.MOST_BYTES, REFUSED, f"a whole upload: {answer}")

    def _begin(self) -> None:
        """Cut a credential into pieces; leave it whole, or spoil what becomes of them."""
        self._data = (b"\x30" if random.getrandbits(4) else b"-") + noise(random.choice(_SIZES) - 1)
        self._checksum = crc32(self._data)
        self._name = random.choice(credentials.NAMES)
        self._offsets = list(range(0, len(self._data), _PIECE_BYTES))
        self._whole = self._data[0] == 0x30 and random.getrandbits(2) == 0
        self._bad = -1
        if self._whole:
            return
        at, way = random.randrange(len(self._offsets)), random.getrandbits(3)
        if way == 0:
            self._offsets.insert(at, random.choice(self._offsets))
        elif way == 1 and len(self._offsets) > 1:
            del self._offsets[at]
        else:
            self._bad = self._offsets[at]

    def _piece(self) -> bytes:
        at = self._offsets.pop(0)
        data = b2a_base64(self._data[at : at + _PIECE_BYTES]).decode().strip()
        params = {"name": self._name, "offset": at, "data": data, "size": len(self._data), "crc32": self._checksum}
        piece = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "credential", "params": params}).encode()
        return mangled(piece, _WORDS) if at == self._bad else piece

    def _stored(self) -> "Stored":
        found: Stored = {}
        for name in credentials.NAMES:
            data = credentials.read(self.folder, name)
            found[name] = None if data is None else (len(data), crc32(data), data[:1])
        return found

    def _check_stored(self, params: "dict[str, object]", before: "Stored", after: "Stored") -> None:
        name = params["name"]
        expect(name in after, ACCEPTED, f"stored as {name!r}")
        others = [other for other in after if other != name]
        expect(all(after[other] == before[other] for other in others), ACCEPTED, "another one has changed")
        found = after[name]  # type: ignore[index]
        if "data" not in params:
            expect(found is None, REFUSED, "not removed")
            return
        size, checksum, first = found or (0, 0, b"")
        expect(first == b"\x30", ACCEPTED, f"stored, and begins with {first!r}")
        expect(size == params["size"], ACCEPTED, f"{size} bytes stored, {params['size']} announced")
        expect(size <= credentials.MOST_BYTES, ACCEPTED, f"{size} bytes stored")
        expect(not self._whole or checksum == self._checksum, ACCEPTED, "something else was stored")
