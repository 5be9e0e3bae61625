"""US915: RP002-1.0.4 section 2.5 [from memory, agrees with pamoja]; 400 ms of dwell time, always."""

DYNAMIC = False

DATA_RATES = (
    (10, 125), (9, 125), (8, 125), (7, 125), (8, 500), None, None, None,
    (12, 500), (11, 500), (10, 500), (9, 500), (8, 500), (7, 500),
)  # fmt: skip
UPLINK_RATES = 5
# Uplinks as through a repeater, downlinks without.
MOST_BYTES = (11, 53, 125, 222, 222, 0, 0, 0, 53, 129, 242, 242, 242, 242)
DWELL_BYTES = MOST_BYTES  # they are made for it

NARROW_HZ, NARROW_STEP_HZ = 902_300_000, 200_000  # 64 channels of 125 kHz
WIDE_HZ, WIDE_STEP_HZ = 903_000_000, 1_600_000  # 8 of 500 kHz
NARROW_RATES, WIDE_RATE = 4, 4  # data rates below this one; the only one
LEAST_NARROW = 2  # channels, or none: FCC 15.247 wants hopping
DOWN_HZ, DOWN_STEP_HZ = 923_300_000, 600_000
LOW_HZ, HIGH_HZ = 902_000_000, 928_000_000
JOIN_RATES = (0, 4)  # on a channel of 125 kHz, on one of 500 kHz

RX2_HZ, RX2_RATE = 923_300_000, 8
RX1_OFFSETS = (0, 1, 2, 3)
RX1_SHIFT, RX1_LOW, RX1_HIGH = 10, 8, 13

EIRP_DBM = 30
POWERS = 15
TX_PARAM = False
DWELL = True

BANDS = ()
