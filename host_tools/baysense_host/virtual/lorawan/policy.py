"""What an operator decides: receive windows, adaptive data rate, how often a device is asked."""

from dataclasses import dataclass

MAX_TRIES = 3  # how often a request or a confirmed downlink is sent before it is given up
MERGE_US = 200_000  # ChirpStack's default deduplication delay: copies from other gateways arrive within it
STATUS_EVERY_US = 24 * 3600 * 1_000_000


@dataclass(frozen=True)
class Policy:
    """Settings of one network; the defaults are ChirpStack's for its region."""

    net_id: int = 0x000000  # for experiments, LoRaWAN 1.0.4 §6.1.1
    rx1_delay_s: int = 1
    rx1_dr_offset: int = 0
    rx2_dr: int | None = None  # None: the region's; The Things Network sets 3 in EU868
    adr: bool = True
    installation_margin_db: float = 10.0
    max_tx_power: int = 5  # the highest power index asked for
    ask_status: bool = True  # DevStatusReq once a day
