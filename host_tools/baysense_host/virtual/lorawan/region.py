"""A region as the network side needs it: data rates, where receive windows listen, channels beyond the defaults."""

from dataclasses import dataclass

from baysense_host.errors import ToolError
from baysense_host.virtual.lorawan.library import native

REGIONS = ("EU868", "US915", "AU915", "IN865")

# Channels that networks add to the three of the region (The Things Network's plan, also ChirpStack's default).
_EXTRA_HZ = {"EU868": (867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000)}
_SUB_BAND = 2  # of US915 and AU915: channels 8 to 15 and 65, the one The Things Network listens on
_POWER_DBM = {"EU868": 14, "US915": 26, "AU915": 27, "IN865": 27}
_RX2_POWER_DBM = {"EU868": 27}  # 869.525 MHz lies in the band of 500 mW, EN 300 220-2

# Lowest SNR a demodulator still reads [dB], SX1276 datasheet table 13.
REQUIRED_SNR_DB = {7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}


@dataclass(frozen=True)
class Rate:
    """One LoRa data rate."""

    sf: int
    bw_khz: int


@dataclass(frozen=True)
class Window:
    """Where and when a device listens."""

    name: str
    delay_us: int
    freq_hz: int
    dr: int
    power_dbm: int


class Region:
    """One region's plan, read from pamoja once and kept in tables."""

    def __init__(self, name: str) -> None:
        if name not in REGIONS:
            raise ToolError(f"no region {name!r}", "choose one of " + ", ".join(REGIONS))
        self.name = name
        self._plan = plan = native.ChannelPlan.for_region(name)
        info = plan.info()
        self.fixed = plan.rules().kind == "fixed"
        self.rx2_hz, self.rx2_dr = plan.rx2()
        self._uplink = _lora_rates(plan, "uplink", info.uplink_data_rate_count)
        self._downlink = _lora_rates(plan, "downlink", info.downlink_data_rate_count)
        self._dr_of = {rate: dr for dr, rate in self._uplink.items()}
        self.fastest_dr = max(dr for dr, rate in self._uplink.items() if rate.bw_khz == 125)  # on every channel
        self.uplink_hz = [
            block.start_hz + block.step_hz * number
            for block in plan.channel_blocks("default")
            for number in range(block.count)
        ]
        self.extra_hz = _EXTRA_HZ.get(name, ())

    def uplink_dr(self, sf: int, bw_khz: int) -> int | None:
        """Return the number of an uplink data rate, None where the region has no such rate."""
        return self._dr_of.get(Rate(sf, bw_khz))

    def downlink_rate(self, dr: int) -> Rate:
        """Return the LoRa settings of a downlink data rate."""
        return self._downlink[dr]

    def is_downlink_dr(self, dr: int) -> bool:
        """Tell whether a number is a LoRa downlink data rate here."""
        return dr in self._downlink

    def max_bytes(self, dr: int) -> int:
        """Return how many bytes options and payload of a downlink may have together."""
        limit = self._plan.max_payload(dr, "downlink_direct")
        return 0 if limit is None else limit.application

    def rx1_dr(self, uplink_dr: int, offset: int) -> int:
        """Return the data rate of the first window."""
        dr = self._plan.rx1_data_rate(uplink_dr, offset)
        if dr is None:
            raise ValueError(f"no RX1 data rate for DR{uplink_dr} with offset {offset}")
        return dr

    def rx1_hz(self, uplink_hz: int) -> int:
        """Return the frequency of the first window."""
        if not self.fixed:
            return uplink_hz
        downlink_hz = self._plan.rx1_frequency_hz(self.uplink_hz.index(uplink_hz), uplink_hz)
        assert downlink_hz is not None  # every numbered channel has one
        return downlink_hz

    def power_dbm(self, window: str) -> int:
        """Return what a gateway sends with [dBm ERP in EU868]."""
        return _RX2_POWER_DBM.get(self.name, _POWER_DBM[self.name]) if window == "rx2" else _POWER_DBM[self.name]

    def gateway_hz(self) -> frozenset[int]:
        """Return what a gateway of this network listens to."""
        if not self.fixed:
            return frozenset([*self.uplink_hz, *self.extra_hz])
        first = (_SUB_BAND - 1) * 8
        return frozenset([*self.uplink_hz[first : first + 8], self.uplink_hz[64 + _SUB_BAND - 1]])

    def cflist(self) -> bytes | None:
        """Return the channel list of a join-accept (RP002-1.0.4 §3.x.4), None where it adds nothing."""
        if self.fixed:
            masks = [0] * 6
            masks[(_SUB_BAND - 1) // 2] = 0xFF << (_SUB_BAND - 1) % 2 * 8
            masks[4] = 1 << _SUB_BAND - 1
            return native.LorawanCfList.from_channel_masks(masks).bytes
        if not self.extra_hz:
            return None
        return native.LorawanCfList.from_frequencies(list(self.extra_hz)).bytes

    def mask(self) -> tuple[int, int]:
        """Return ChMaskCntl and ChMask that leave the channels as the join-accept set them."""
        if self.fixed:
            return (_SUB_BAND - 1) // 2, 0xFF << (_SUB_BAND - 1) % 2 * 8
        return 0, (1 << len(self.uplink_hz) + len(self.extra_hz)) - 1


def _lora_rates(plan: native.ChannelPlan, direction: str, count: int) -> dict[int, Rate]:
    """Return the LoRa data rates of SF7 to SF12 by number; SX127x do not speak the others."""
    rates = {}
    for dr in range(count):
        rate = plan.data_rate(dr, direction)
        if rate is None or rate.kind != "lora" or rate.spreading_factor not in REQUIRED_SNR_DB:
            continue
        assert rate.bandwidth_hz is not None
        rates[dr] = Rate(rate.spreading_factor, rate.bandwidth_hz // 1000)
    return rates
