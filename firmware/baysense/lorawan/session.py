"""What lasts from one join to the next, as it lies on flash and as it is in memory.

Layout, little-endian: version u8, check u32 (CRC-32 of keys and region: others mean that it is not ours), joined u8,
DevAddr 4, NwkSKey 16, AppSKey 16, JoinNonce 3, FCntUp reserved up to u32, last FCntDown + 1 i64, RX1 delay [s] u8,
RX1 offset u8, RX2 data rate u8, RX2 frequency [Hz] u32, data rate u8, power u8, NbTrans u8, MaxDutyCycle u8, dwell
u8, EIRP [dBm] u8, length of answers u8, answers 15, channels.
"""

import struct
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from baysense.lorawan.contract import Channels
    from baysense.lorawan.join import Accept

_VERSION = 1
_FORMAT = "<BIB4s16s16s3sIqBBBIBBBBBBB15s"
_HEAD_BYTES = struct.calcsize(_FORMAT)
_BLOCK = 64  # uplinks that one reservation lets pass


class Session:
    """Keys, counters and everything that the network set."""

    def __init__(self, region: "ModuleType", channels: "Channels", check: int) -> None:
        self.region = region
        self.channels = channels
        self._check = check
        self.joined = False
        self.dev_addr = bytes(4)
        self.nwk_skey = self.app_skey = bytes(16)
        self.join_nonce = bytes(3)
        self.reset()

    def reset(self) -> None:
        """Set what the region says, and count from nothing."""
        region = self.region
        self.fcnt_reserved = 0
        self.fcnt_down = -1
        self.rx1_delay_s, self.rx1_offset = 1, 0
        self.rx2_rate, self.rx2_hz = region.RX2_RATE, region.RX2_HZ
        self.rate, self.power, self.transmissions = region.JOIN_RATES[0], 0, 1
        self.most_duty = 0
        self.dwell, self.eirp_dbm = region.DWELL, region.EIRP_DBM
        self.answers = b""
        self.channels.reset()

    def begin(self, accept: "Accept", nwk_skey: bytes, app_skey: bytes, rate: int) -> None:
        """Start anew with what a join-accept grants; `rate` is that of the request."""
        self.reset()
        self.reserve(0)
        self.dev_addr, self.join_nonce = accept.dev_addr, accept.join_nonce
        self.nwk_skey, self.app_skey = nwk_skey, app_skey
        self.rx1_delay_s, self.rx1_offset, self.rx2_rate = accept.rx1_delay_s, accept.rx1_offset, accept.rx2_rate
        if accept.cflist:
            self.channels.take_list(accept.cflist)
        self.rate = rate
        self.settle_rate()
        self.joined = True

    def settle_rate(self) -> None:
        """Go to a data rate for which there is a channel, a lower one if possible; the default channels help out."""
        if self.usable(self.rate) or self.lower_rate():
            return
        self.channels.restore()
        while not self.usable(self.rate):
            self.rate = (self.rate + 1) % self.region.UPLINK_RATES

    def reserve(self, fcnt: int) -> None:
        """Take a block of counters from this one on."""
        self.fcnt_reserved = min(fcnt + _BLOCK, 0xFFFFFFFF)

    def most_bytes(self, rate: int) -> int:
        """Return how long an application payload may be at a data rate, without FOpts."""
        table = self.region.DWELL_BYTES if self.dwell else self.region.MOST_BYTES
        return int(table[rate])

    def usable(self, rate: int, mask: bytearray | None = None) -> bool:
        """Tell whether an uplink may have this data rate, with the present channels or these."""
        if rate >= self.region.UPLINK_RATES or self.region.DATA_RATES[rate] is None or not self.most_bytes(rate):
            return False
        channels = self.channels
        if mask is None:
            mask = channels.mask
        return any(channels.carries(i, rate, mask) for i in range(channels.count))

    def lower_rate(self) -> bool:
        """Go to the next lower data rate; return whether there was one."""
        for rate in range(self.rate - 1, -1, -1):
            if self.usable(rate):
                self.rate = rate
                return True
        return False

    def rx1_rate(self, rate: int, offset: int) -> int:
        """Return the data rate of RX1 after an uplink at a data rate."""
        region = self.region
        shifted = rate + region.RX1_SHIFT - region.RX1_OFFSETS[offset]
        return int(max(region.RX1_LOW, min(region.RX1_HIGH, shifted)))

    def receivable(self, rate: int) -> bool:
        """Tell whether RX2 may have this data rate."""
        region = self.region
        lowest = region.RX1_LOW
        return bool(lowest <= rate < len(region.DATA_RATES) and region.DATA_RATES[rate] is not None)

    def dump(self) -> bytes:
        """Return what load() takes."""
        head = struct.pack(
            _FORMAT, _VERSION, self._check, self.joined, self.dev_addr, self.nwk_skey, self.app_skey, self.join_nonce,
            self.fcnt_reserved, self.fcnt_down + 1, self.rx1_delay_s, self.rx1_offset, self.rx2_rate, self.rx2_hz,
            self.rate, self.power, self.transmissions, self.most_duty, self.dwell, self.eirp_dbm,
            len(self.answers), self.answers,
        )  # fmt: skip
        return head + self.channels.dump()

    def load(self, data: bytes) -> bool:
        """Take up what dump() returned; return whether it was that, and of these keys and this region."""
        if len(data) < _HEAD_BYTES or data[0] != _VERSION or struct.unpack_from("<I", data, 1)[0] != self._check:
            return False
        if not self.channels.load(data[_HEAD_BYTES:]):
            return False
        (
            _, _, joined, self.dev_addr, self.nwk_skey, self.app_skey, self.join_nonce,
            self.fcnt_reserved, down, self.rx1_delay_s, self.rx1_offset, self.rx2_rate, self.rx2_hz,
            self.rate, self.power, self.transmissions, self.most_duty, dwell, self.eirp_dbm, length, answers,
        ) = struct.unpack_from(_FORMAT, data)  # fmt: skip
        self.joined, self.fcnt_down, self.dwell, self.answers = bool(joined), down - 1, bool(dwell), answers[:length]
        return True


def check_of(region_name: str, keys: "tuple[bytes, bytes, bytes]") -> int:
    """Return what a stored session is recognised by."""
    return crc32(region_name.encode() + keys[0] + keys[1] + keys[2])
