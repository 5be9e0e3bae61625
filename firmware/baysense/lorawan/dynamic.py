"""Channels of regions where the network creates them: EU868, IN865. Up to 16, the first of them fixed."""

import struct
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_COUNT = 16
_FORMAT = "<16I16I16s2s"


class Channels:
    """Frequency, downlink frequency and data rates (least | most << 4) of each channel, and which are on."""

    count = _COUNT

    def __init__(self, region: "ModuleType", sub_band: int) -> None:
        self._region = region
        self._up_hz = array("I", [0] * _COUNT)
        self._down_hz = array("I", [0] * _COUNT)
        self._rates = bytearray(_COUNT)
        self.mask = bytearray(2)
        self.reset()

    def reset(self) -> None:
        """Know the default channels only."""
        default = self._region.CHANNELS_HZ
        for i in range(_COUNT):
            self._up_hz[i] = self._down_hz[i] = default[i] if i < len(default) else 0
            self._rates[i] = self._region.CHANNEL_RATES
        self.mask[0] = self.mask[1] = 0
        self.restore()

    def restore(self) -> None:
        """Switch the default channels on."""
        self.mask[0] |= (1 << len(self._region.CHANNELS_HZ)) - 1

    def carries(self, i: int, rate: int, mask: bytearray) -> bool:
        """Tell whether a channel is on and allows a data rate."""
        span = self._rates[i]
        return bool(mask[i >> 3] >> (i & 7) & 1) and span & 15 <= rate <= span >> 4

    def hz(self, i: int) -> int:
        """Return the frequency of an uplink."""
        return self._up_hz[i]

    def rx1_hz(self, i: int) -> int:
        """Return the frequency of RX1 after an uplink there."""
        return self._down_hz[i]

    def join_choice(self, trial: int, random: int) -> tuple[int, int]:
        """Return channel and data rate of the n-th join-request; `random` has 16 bits."""
        rates = self._region.JOIN_RATES
        return random % len(self._region.CHANNELS_HZ), rates[trial % len(rates)]

    def masked(self, mask: bytearray, control: int, bits: int) -> bool:
        """Change a mask as one LinkADRReq asks, RP002 table 11; return whether it could."""
        if control == 6:
            bits = 0
            for i in range(_COUNT):
                bits |= bool(self._up_hz[i]) << i
        elif control != 0:
            return False
        for i in range(_COUNT):
            if bits >> i & 1 and not self._up_hz[i]:
                return False
        mask[0], mask[1] = bits & 0xFF, bits >> 8
        return True

    def enough(self, mask: bytearray, rate: int) -> bool:
        """Tell whether a mask leaves a channel."""
        return any(mask)

    def create(self, i: int, hz: int, rates: int) -> int:
        """Do a NewChannelReq; return its status: 2 data rates are right, 1 the frequency is."""
        if not len(self._region.CHANNELS_HZ) <= i < _COUNT:
            return 0
        rates_right = rates & 15 <= rates >> 4 < self._region.UPLINK_RATES
        status = rates_right << 1 | (hz == 0 or self._allowed(hz))
        if hz == 0:
            status = 3
        if status == 3:
            self._up_hz[i] = self._down_hz[i] = hz
            self._rates[i] = rates
            bit = 1 << (i & 7)
            self.mask[i >> 3] = self.mask[i >> 3] | bit if hz else self.mask[i >> 3] & ~bit
        return status

    def move_downlink(self, i: int, hz: int) -> int:
        """Do a DlChannelReq; return its status: 2 the channel exists, 1 the frequency is right."""
        exists = i < _COUNT and self._up_hz[i] != 0
        status = exists << 1 | (self._region.LOW_HZ <= hz <= self._region.HIGH_HZ)
        if status == 3:
            self._down_hz[i] = hz
        return status

    def take_list(self, cflist: bytes) -> None:
        """Add the five frequencies of a join-accept's CFList; a list of another type says nothing."""
        if cflist[15] != 0:
            return
        for n in range(5):
            hz = (cflist[3 * n] | cflist[3 * n + 1] << 8 | cflist[3 * n + 2] << 16) * 100
            if hz:
                self.create(len(self._region.CHANNELS_HZ) + n, hz, self._region.CHANNEL_RATES)

    def dump(self) -> bytes:
        """Return what load() takes."""
        return struct.pack(_FORMAT, *self._up_hz, *self._down_hz, bytes(self._rates), bytes(self.mask))

    def load(self, data: bytes) -> bool:
        """Take up what dump() returned; return whether it was that."""
        if len(data) != struct.calcsize(_FORMAT):
            return False
        found = struct.unpack(_FORMAT, data)
        for i in range(_COUNT):
            self._up_hz[i], self._down_hz[i] = found[i], found[_COUNT + i]
        self._rates[:] = found[32]
        self.mask[:] = found[33]
        return True

    def _allowed(self, hz: int) -> bool:
        bands = self._region.BANDS
        if not bands:
            return bool(self._region.LOW_HZ <= hz <= self._region.HIGH_HZ)
        return any(low_hz <= hz < high_hz for low_hz, high_hz, _ in bands)
