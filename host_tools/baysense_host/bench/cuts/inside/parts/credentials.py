"""TLS material: each piece of it the old one until the new one has come whole."""

import random
from binascii import crc32

from baysense.storage import credentials
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.finding import LOST, expect
from baysense_host.bench.cuts.inside.memory import Memory
from baysense_host.bench.cuts.inside.parts.part import Part
from baysense_host.bench.cuts.inside.secrets import secret

_NAMES = ("ca", "cert", "key")
_PIECE_BYTES = 512
_MOST_BYTES = 4096


class CredentialsPart(Part):
    """Uploads in pieces, and a removal now and then; a cut upload is begun again."""

    name = "credentials"

    def __init__(self) -> None:
        self._memories = {name: Memory(name, None) for name in _NAMES}
        self._digests: dict[tuple[bytes, bytes | None], str] = {}

    def boot(self) -> None:
        """See Part."""
        for name in _NAMES:
            self._memories[name].found(credentials.read(DATA, name))
        self._upload, self._name, self._at = b"", "", 0
        self._check_digest()

    def act(self) -> None:
        """See Part."""
        if not self._upload and random.randrange(8) == 0:
            self._name = random.choice(_NAMES)
            self._memories[self._name].intend(None)
            credentials.remove(DATA, self._name)
            return
        if not self._upload:
            self._name, self._at = random.choice(_NAMES), 0
            size = random.choice((100, 1000, _MOST_BYTES))
            self._upload = b"\x30" + secret(random.randrange(size // 2, size)).encode()
        self._send_piece()

    def acknowledge(self) -> None:
        """See Part."""
        for name in _NAMES:
            self._memories[name].acknowledged()

    def wiped(self, identity_too: bool) -> None:
        """See Part."""
        for name in _NAMES:
            self._memories[name].becomes(None)

    def _send_piece(self) -> None:
        whole, at = self._upload, self._at
        piece = whole[at : at + _PIECE_BYTES]
        self._at += len(piece)
        last = self._at == len(whole)
        if last:
            self._memories[self._name].intend(whole)
            self._upload = b""
        complete = credentials.write(DATA, self._name, at, piece, len(whole), crc32(whole))
        expect(complete == last, LOST, f"credentials: {self._name} at {at} of {len(whole)} says complete={complete}")

    def _check_digest(self) -> None:
        authority, certificate = self._memories["ca"].value, self._memories["cert"].value
        digest = credentials.digest(DATA)
        expected = self._digests.setdefault((authority, certificate), digest) if authority else ""
        expect(digest == expected, LOST, f"credentials: digest {digest} instead of {expected!r}")
