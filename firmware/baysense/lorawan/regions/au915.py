"""AU915: RP002-1.0.4 section 2.8 [from memory, agrees with pamoja]; no duty cycle."""

DYNAMIC = False

DATA_RATES = (
    (12, 125), (11, 125), (10, 125), (9, 125), (8, 125), (7, 125), (8, 500), None,
    (12, 500), (11, 500), (10, 500), (9, 500), (8, 500), (7, 500),
)  # fmt: skip
UPLINK_RATES = 7
# Uplinks as through a repeater, downlinks without.
MOST_BYTES = (51, 51, 51, 115, 222, 222, 222, 0, 53, 129, 242, 242, 242, 242)
DWELL_BYTES = (0, 0, 11, 53, 125, 222, 222, 0, 53, 129, 242, 242, 242, 242)

NARROW_HZ, NARROW_STEP_HZ = 915_200_000, 200_000
WIDE_HZ, WIDE_STEP_HZ = 915_900_000, 1_600_000
NARROW_RATES, WIDE_RATE = 6, 6
LEAST_NARROW = 1
DOWN_HZ, DOWN_STEP_HZ = 923_300_000, 600_000
LOW_HZ, HIGH_HZ = 915_000_000, 928_000_000
JOIN_RATES = (2, 6)

RX2_HZ, RX2_RATE = 923_300_000, 8
RX1_OFFSETS = (0, 1, 2, 3, 4, 5)
RX1_SHIFT, RX1_LOW, RX1_HIGH = 8, 8, 13

EIRP_DBM = 30
POWERS = 15
TX_PARAM = True
DWELL = True

BANDS = ()
