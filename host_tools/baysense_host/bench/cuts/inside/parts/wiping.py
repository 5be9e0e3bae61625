"""Wiping: once begun it is done in the end, and then nothing that was entrusted can be read from the flash."""

import random
from binascii import hexlify

from baysense.storage import wipe
from baysense_host.bench.cuts.inside.app import DATA
from baysense_host.bench.cuts.inside.finding import SECRET, expect
from baysense_host.bench.cuts.inside.parts.identity import IdentityPart
from baysense_host.bench.cuts.inside.parts.part import Part
from baysense_host.bench.cuts.inside.secrets import MARK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense_host.bench.cuts.inside.nor import Cells, Nor

_ONE_IN = 400  # acts; a wipe takes as long as some hundred others
_CUT_WITHIN = (40, 2000, 20000)  # operations after its begin: before, within and behind most wipes


class WipingPart(Part):
    """Wipes now and then, with and without the factory's secrets; the first to boot."""

    name = "wipe"

    def __init__(self, cells: "Cells", identity: IdentityPart, others: list[Part]) -> None:
        self._cells = cells
        self._identity = identity
        self._others = others
        self._begun = self._identity_too = False

    def power(self, flash: "Nor") -> None:
        """Take this life's flash."""
        self._flash = flash

    def boot(self) -> None:
        """See Part."""
        if wipe.pending(DATA):
            self._identity.nvs.restart()
            self._cut_later()
            wipe.resume(DATA, self._identity.nvs, _feed)
            if not self._flash.dead:
                self._done()
        elif self._begun and not self._readable(MARK.encode()):
            self._done()  # all but the answer
        if not self._flash.dead:
            self._begun = False

    def act(self) -> None:
        """See Part."""
        if random.randrange(_ONE_IN):
            return
        with open(DATA + "/begun", "wb") as f:
            f.write(MARK.encode())  # tells a wipe that was done from one that never began
        self._begun = not self._flash.dead
        self._identity_too = bool(random.getrandbits(1))
        self._cut_later()
        wipe.secrets(DATA, _feed, self._identity.nvs if self._identity_too else None)
        if not self._flash.dead:
            self._done()
            for part in self._others:
                part.boot()

    def acknowledge(self) -> None:
        """See Part."""
        self._begun = False

    def _done(self) -> None:
        expect(not self._readable(MARK.encode()), SECRET, "wipe: a secret can be read from the flash")
        if self._identity_too:
            found = self._readable(hexlify(MARK.encode()))
            expect(not found, SECRET, "wipe: the factory's secret can be read from the flash")
        for part in self._others:
            part.wiped(self._identity_too)

    def _readable(self, text: bytes) -> bool:
        return text in self._cells.bytes.getvalue()

    def _cut_later(self) -> None:
        self._flash.cut_in(random.randrange(1, random.choice(_CUT_WITHIN)))


def _feed() -> None:
    """Stand in for the watchdog's."""
