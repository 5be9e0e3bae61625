"""What a LoRaWAN device must never forget: its session and the DevNonces it has used.

Guarantee: a session is replaced as a whole, before `save` returns. A DevNonce is on flash before it is given out and
never given out again: it is kept in NVS, which survives a new image of the file system, and counted in Counters,
which survive the loss of NVS; the higher one counts. A damaged session is set aside and reported: the device joins
anew, with another DevNonce.

Wear: a file replaced for each join, each 64 uplinks and each answer of the network that matters; an NVS entry and a
file for each join.
"""

from baysense.core.faults import LORA_COUNTER, STORAGE_CORRUPT
from baysense.storage import files
from baysense.storage.counters import Counters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from esp32 import NVS

_KEY = "dev_nonce"
_NONCES = 65_536  # LoRaWAN 1.0.4, 6.2.5: a counter of 16 bits that starts at 0


class Session:
    """The store of a LoRaWAN MAC; `retain` keeps what changes with every frame, in RTC memory."""

    def __init__(self, nvs: "NVS", root: str, retain: "Callable[[bytes], None]") -> None:
        self.retain = retain
        self._nvs = nvs
        self._counters = Counters(root)
        self._path = root + "/lorawan.bin"
        self.faults = self._counters.faults

    def load(self) -> bytes:
        """Return the session, b"" when there is none."""
        body, damaged = files.read_checked(self._path)
        if damaged:
            self.faults |= STORAGE_CORRUPT
        return body or b""

    def save(self, session: bytes) -> None:
        """Write the session; on flash when this returns."""
        files.replace_checked(self._path, session)

    def reserve_nonce(self) -> int:
        """Return a DevNonce that was never used; raise ValueError when none is left."""
        nonce = max(self._counters.floor(_KEY), self._used() + 1)
        if nonce >= _NONCES:
            self.faults |= LORA_COUNTER
            raise ValueError("every DevNonce of this key is used up: the device needs a new AppKey")
        self._nvs.set_i32(_KEY, nonce)
        self._nvs.commit()
        self._counters.reserve(_KEY, nonce, 1)
        return nonce

    def _used(self) -> int:
        try:
            return self._nvs.get_i32(_KEY)
        except OSError:
            return 0  # not there yet
