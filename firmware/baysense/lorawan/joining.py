"""Getting a session: which request when, and what a join-accept grants. Loaded for a join; most wakes need none."""

from baysense.lorawan.airtime import airtime_us
from baysense.lorawan.backoff import Backoff
from baysense.lorawan.crypto import Key
from baysense.lorawan.join import REQUEST_BYTES, opened, request, session_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.lorawan.join import Accept
    from baysense.lorawan.session import Session


class Joining:
    """One join-request with the keys of a device, as they are printed; `packed` is the back-off so far."""

    def __init__(self, keys: "tuple[bytes, bytes, bytes]", session: "Session", packed: bytes, random: int) -> None:
        self._keys, self._key, self._session = keys, Key(keys[2]), session
        self._backoff = Backoff(packed)
        self._granted: Accept | None = None
        self._dev_nonce = 0
        region, channels = session.region, session.channels
        i, self.rate = channels.join_choice(self._backoff.trials, random)
        self.hz = channels.hz(i)
        self.airtime = airtime_us(REQUEST_BYTES, *region.DATA_RATES[self.rate])
        self.first = self.hz if region.DYNAMIC else channels.rx1_hz(i), session.rx1_rate(self.rate, 0)

    def wait_s(self, now_s: int) -> int:
        """Return how long the back-off wants to wait."""
        return self._backoff.wait_s(self.airtime, now_s)

    def request(self, dev_nonce: int) -> bytes:
        """Return a join-request that is about to be sent."""
        self._dev_nonce = dev_nonce
        self._backoff.pay(self.airtime)
        return request(self._key, self._keys[0], self._keys[1], dev_nonce)

    def dump(self) -> bytes:
        """Return the back-off for the next request."""
        return self._backoff.dump()

    def take(self, data: bytes) -> bool:
        """Open what a window heard; return whether it lets us in.

        The JoinNonce of the session before is refused: a join-accept does not say which request it answers, and one
        sent again would leave us with keys that nobody else has.
        """
        session, accept = self._session, opened(self._key, data)
        if accept is None or (session.joined and accept.join_nonce == session.join_nonce):
            return False
        if accept.rx1_offset >= len(session.region.RX1_OFFSETS) or not session.receivable(accept.rx2_rate):
            return False
        self._granted = accept
        return True

    def begin(self) -> None:
        """Begin the session that was granted."""
        accept, nonce = self._granted, self._dev_nonce
        if accept:
            keys = session_key(self._key, 1, accept, nonce), session_key(self._key, 2, accept, nonce)
            self._session.begin(accept, keys[0], keys[1], self.rate)
