"""Channels of regions where they are numbered: US915, AU915. 64 of 125 kHz, then 8 of 500 kHz; the network picks."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_NARROW = 64
_BLOCKS = 8  # sub-bands of 8 narrow channels and a wide one


class Channels:
    """Which channels are on; a sub-band of 1 to 8 starts with that one alone, 0 with all."""

    count = 72

    def __init__(self, region: "ModuleType", sub_band: int) -> None:
        self._region = region
        self._sub_band = sub_band
        self.mask = bytearray(9)
        self.reset()

    def reset(self) -> None:
        """Switch the channels on that it starts with, and no others."""
        for block in range(_BLOCKS):
            self.mask[block] = 0xFF if self._sub_band in (0, block + 1) else 0
        self.mask[8] = 1 << (self._sub_band - 1) if self._sub_band else 0xFF

    restore = reset

    def carries(self, i: int, rate: int, mask: bytearray) -> bool:
        """Tell whether a channel is on and allows a data rate."""
        if not mask[i >> 3] >> (i & 7) & 1:
            return False
        return bool(rate < self._region.NARROW_RATES) if i < _NARROW else bool(rate == self._region.WIDE_RATE)

    def hz(self, i: int) -> int:
        """Return the frequency of an uplink."""
        if i < _NARROW:
            return int(self._region.NARROW_HZ + i * self._region.NARROW_STEP_HZ)
        return int(self._region.WIDE_HZ + (i - _NARROW) * self._region.WIDE_STEP_HZ)

    def rx1_hz(self, i: int) -> int:
        """Return the frequency of RX1 after an uplink there."""
        return int(self._region.DOWN_HZ + i % _BLOCKS * self._region.DOWN_STEP_HZ)

    def join_choice(self, trial: int, random: int) -> tuple[int, int]:
        """Return channel and data rate of the n-th join-request: through the sub-bands, then a wide channel."""
        turn = trial % (_BLOCKS + 1)
        block = self._sub_band - 1 if self._sub_band else turn
        if turn == _BLOCKS:
            block = self._sub_band - 1 if self._sub_band else trial // (_BLOCKS + 1) % _BLOCKS
            return _NARROW + block, self._region.JOIN_RATES[1]
        return block * 8 + random % 8, self._region.JOIN_RATES[0]

    def masked(self, mask: bytearray, control: int, bits: int) -> bool:
        """Change a mask as one LinkADRReq asks, RP002 table 18; return whether it could."""
        if control < 4:
            mask[2 * control], mask[2 * control + 1] = bits & 0xFF, bits >> 8
        elif control == 5:
            for block in range(_BLOCKS):
                mask[block] = 0xFF if bits >> block & 1 else 0
            mask[8] = bits & 0xFF
        elif control in (4, 6, 7):
            if control != 4:
                for block in range(_BLOCKS):
                    mask[block] = 0xFF if control == 6 else 0
            mask[8] = bits & 0xFF
        return True

    def enough(self, mask: bytearray, rate: int) -> bool:
        """Tell whether a mask leaves as many channels for a data rate as the law wants."""
        if rate >= self._region.NARROW_RATES:
            return mask[8] != 0
        on = 0
        for i in range(_NARROW):
            on += mask[i >> 3] >> (i & 7) & 1
        return bool(on >= self._region.LEAST_NARROW)

    def create(self, i: int, hz: int, rates: int) -> int:
        """Refuse a NewChannelReq."""
        return 0

    def move_downlink(self, i: int, hz: int) -> int:
        """Refuse a DlChannelReq."""
        return 0

    def take_list(self, cflist: bytes) -> None:
        """Take the masks of a join-accept's CFList; a list of another type, or without a channel, says nothing."""
        if cflist[15] == 1 and cflist[:9] != bytes(9):
            self.mask[:] = cflist[:9]

    def dump(self) -> bytes:
        """Return what load() takes."""
        return bytes(self.mask)

    def load(self, data: bytes) -> bool:
        """Take up what dump() returned; return whether it was that."""
        if len(data) != len(self.mask):
            return False
        self.mask[:] = data
        return True
