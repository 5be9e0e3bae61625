"""A bench for one radio chip: its select line, a bus, an air, and a gateway's downlinks at chosen instants."""

from typing import Any

from baysense_host.virtual.air import Air, Emission
from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.air.sensitivity import SX1301_DBM
from chip_bench import Bench

FREQ_HZ = 868_100_000
SYNC = 0x34


class RadioBench(Bench):
    """Stands for the board around one radio; the air has no fading and no loss."""

    def __init__(self, name: str = "board", air: Air | None = None, with_air: bool = True) -> None:
        super().__init__()
        self.name = name
        if air is not None:
            self.clock = air.clock
        self.air = air or (Air(self.clock, 1) if with_air else None)
        if self.air is not None:
            self.air.path.fading_db = 0.0
            self.air.path.default_db = 100.0
        self.chip: Any = None

    def wire(self, chip: Any) -> Any:
        """Connect the chip and switch it on; its start-up time passes."""
        self.chip = chip
        chip.pin("reset", 1)
        chip.pin("nss", 1)
        self.start(chip)
        return chip

    def transfer(self, *parts: bytes) -> bytes:
        """Select, exchange in as many transfers as there are parts, let go; return what came back."""
        self.chip.pin("nss", 0)
        answer = b"".join(self.chip.exchange(part) for part in parts)
        self.chip.pin("nss", 1)
        return answer

    def misuses(self) -> list[Any]:
        return [line["what"] for line in self.lines if line["kind"] == "radio_misuse"]

    def downlink(self, at_us: int, sf: int = 7, data: bytes = b"downlink", **changed: Any) -> Emission:
        """Let a gateway send at this time."""
        bw_khz = changed.get("bw_khz", 125)
        fields: dict[str, Any] = {
            "sender": "gateway", "start_us": at_us, "end_us": at_us + airtime_us(len(data), sf, bw_khz, crc=False),
            "freq_hz": FREQ_HZ, "sf": sf, "bw_khz": bw_khz, "power_dbm": 14.0, "inverted_iq": True,
            "sync_word": SYNC, "crc": False, "data": data,
        }  # fmt: skip
        emission = Emission(**{**fields, **changed})
        assert self.air is not None
        air = self.air
        self.clock.at(at_us, lambda: air.emit(emission))
        return emission


class Ear:
    """A receiver that hears everything and remembers it."""

    sensitivity = SX1301_DBM

    def __init__(self, name: str = "ear") -> None:
        self.name = name
        self.locks: list[Emission] = []
        self.frames: list[Any] = []

    def hears(self, emission: Emission) -> bool:
        return True

    def locked(self, emission: Emission) -> None:
        self.locks.append(emission)

    def heard(self, reception: Any) -> None:
        self.frames.append(reception)
