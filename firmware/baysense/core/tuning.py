"""Numbers of the detector in one place, so that they can be tuned against the simulator.

Read at construction (`Detector`, `Window`, `Baseline`) or at a decision; change one before that.
Thresholds of size come from the configuration (occupied_nt, free_nt); what belongs to them is given
here in percent of occupied_nt, so that a different site scales as a whole. Origin of the start
values: variance-gated dual-threshold vector machine as in the SPS and Sensys papers (V < 4 sigma^2
for 2 s, 90 s time-out, neighbour 3 and 5 uT, swap 4 uT, 24 h, 12 changes an hour).
"""

from binascii import crc32

# Quiet or moving
WINDOW_MS = 1000  # variance window
SETTLE_MS = 2000  # quiet for so long means the vehicle stands; stop-and-go safe
CHANGE_SETTLE_MS = 4000  # so long before a change is believed: drivers pause up to 3 s while they correct
TIMEOUT_MS = 90000  # decide anyway, with low confidence
VARIANCE_FACTOR = 4  # moving while V >= 4 sigma^2
# Variance summed over three axes after the median filter [nT^2 / 32^2]
NOISE_START_Q2 = 160  # 0.35 uT rms an axis (IIS2MDC, offset cancel + LPF), median of 3 leaves 0.67 of it
NOISE_FLOOR_Q2 = 12  # 0.11 uT rms in all: RM3100, MMC5983MA
NOISE_CEILING_Q2 = 4000  # 2.0 uT rms in all: DC rail, EV charger
STEADY_SETTLE_S = 2  # uncommissioned, noise unknown: the mean stands still for so long
STEADY_NOISE_S = 8  # noise rose but the mean stands still for so long: take the new noise

# Size of things, percent of occupied_nt (6 uT)
NEIGHBOUR_STEP_PERCENT = 50  # 3 uT: a smaller step ...
NEIGHBOUR_PEAK_PERCENT = 83  # ... with a smaller peak than 5 uT is the next bay or the lane
SWAP_PERCENT = 66  # 4 uT: another vehicle if its vector differs by more
OVERHEAD_PERCENT = 200  # 12 uT: such a peak means a vehicle passed over the sensor
FAINT_PERCENT = 20  # 1.2 uT left after an overhead pass: a faint vehicle may stand here
CLEAR_MS = 500  # bay seen clear for so long between two vehicles: swap, not a manoeuvre
GONE_PART = 4  # after an overhead pass, less than |car| / 4 left means the car is gone

# When it happened. Fitted to 800 simulated sessions of clear cars: arrivals 0.0 +- 0.15 s, departures
# 0.0 +- 0.3 s around the truth, two of 1600 beyond 1 s.
BAND_SIGMA_PERCENT = 150  # bands below are at least 1.5 sigma: four smoothed samples rarely pass that
STOP_BAND_NT = 350  # arrival: the smoothed field came so near to the settled one, and never went far again
CLEAR_BAND_NT = 600  # departure: it came so near to the clear one ...
CLEAR_PEAK_PART = 30  # ... or to peak / 30; below that noise hides the field
CLEAR_LAG_MS = 800  # from that level until the outline has left the bay; mean error +0.06 s on 4 simulated days
FAR_BANDS = 4  # far is so many bands; a vehicle in the lane does not go there
CLEAR_AFTER_MS = 800  # a departing field may still fall so long after the variance calmed down

# Slow changes
ABSORB_NT = 600  # less than this left in the empty bay is drift, not a neighbour
QUIET_LEARN_MS = 60000  # a node that stays awake takes its quiet mean as a heartbeat so often
DRIFT_NT = 1500  # between two quiet readings; more is a jump
DRIFT_NT_PER_C = 300  # ten times the +-0.03 uT/degC of the IIS2MDC: housing, battery can
JUMP_PERCENT = 50  # of occupied_nt: a jump without a seen movement counts as one from here
LEARN_S = 600  # learn at most so often
FOLLOW_S = 28800  # time constant of the offset, 8 h
FOLLOW_MAX_Q10 = 128  # gain limit a time, 1/8
TREND_SHIFT = 6  # slope statistics remember some 2^6 readings, 2.7 days of heartbeats
TREND_RIDGE_CDEG2 = 10000  # (1 degC)^2: with a smaller spread of temperature the slope stays small
TREND_CDEG_PER_H = 800  # no slope learning while housing and chip differ
SLOPE_LIMIT_NT_PER_C = 4000  # field nodes with drift as large as a car had 3200 in assumed units
STALE_S = 86400  # occupied for longer: unknown

# Trouble
SATURATED_NT = 750000  # any axis; QMC5883L clips at 800 uT, the Earth gives 50, a car 150
SATURATED_SAMPLES = 10
STUCK_SAMPLES = 30  # one axis exactly the same so often; noise makes that impossible
GAP_MS = 2000  # samples farther apart start a new window
CHATTER_CHANGES = 12  # changes in an hour


def digest() -> str:
    """Return 8 hex digits that change with any number of this table."""
    checksum = 0
    for name, value in sorted(globals().items()):
        if type(value) is int:
            checksum = crc32(f"{name}={value};".encode(), checksum)
    return f"{checksum:08x}"
