"""Numbers of the detector in one place, so that they can be tuned against the simulator (`baysense tune sweep`).

Read at construction or at a decision; change one before that. Thresholds of size come from the configuration
(occupied_nt, free_nt, wake_threshold_nt); what belongs to them is given here in percent, so that a different site
scales as a whole. Origin of the start values: variance-gated dual-threshold vector machine as in the SPS and Sensys
papers (V < 4 sigma^2 for 2 s, 90 s time-out, neighbour 5 uT, swap 4 uT, 24 h, 12 changes an hour).
"""

from binascii import crc32

# Quiet or moving
WINDOW_MS = 1000  # variance window
SETTLE_MS = 2000  # quiet for so long means the vehicle stands; stop-and-go safe
CHANGE_SETTLE_MS = 4000  # so long before a change is believed: drivers pause up to 3 s while they correct
STRIDE_SIGMA = 4  # the path of a movement is measured in strides of so many sigma of the noise
TIMEOUT_MS = 90000  # decide anyway, with low confidence
VARIANCE_FACTOR = 4  # moving while V >= 4 sigma^2
CREEP_Q2 = 625  # (0.8 uT)^2: a mean that moves so far in a second is no drift ...
CREEP_FACTOR = 8  # ... nor is it noise, with (moved mean)^2 > 8 V / n, four times what two means of n differ by
# Variance summed over three axes after the median filter [nT^2 / 32^2]
NOISE_START_Q2 = 160  # 0.35 uT rms an axis (IIS2MDC, offset cancel + LPF), median of 3 leaves 0.67 of it
NOISE_FLOOR_Q2 = 12  # 0.11 uT rms in all: RM3100, MMC5983MA
NOISE_CEILING_Q2 = 4000  # 2.0 uT rms in all: DC rail, EV charger
STEADY_SETTLE_S = 2  # uncommissioned, noise unknown: the mean stands still for so long
STEADY_NOISE_S = 8  # noise rose but the mean stands still for so long: take the new noise

# Size of things, percent of occupied_nt (6 uT)
NOTHING_PERCENT = 15  # 0.9 uT of step ...
NEIGHBOUR_PEAK_PERCENT = 83  # ... with a smaller peak than 5 uT needs no judgement: next bay or lane
SWAP_PERCENT = 66  # 4 uT: another vehicle if its vector differs by more
TYPICAL_PERCENT = 200  # start value of what a vehicle of this bay usually shows
CLEAR_MS = 500  # bay seen clear for so long between two vehicles: swap, not a manoeuvre

# Sure or not, log-odds in 1/16 nat (odds.py)
SURE_Q4 = 70  # 4.4 nat, 98.8 %: below it the range sensor is asked
TELL_Q4 = 8  # 0.5 nat, 62 %: below it, and nobody to ask, the state is unknown
UNPROVEN_PERCENT = 75  # most that is claimed before the empty bay was seen twice
SWAP_Q4 = 32  # 2 nat: two changes are not told for one movement that may have been the next bay's
ANSWER_Q4 = 40  # 2.5 nat: what one clear answer of the range sensor is worth
MOST_ASKS = 3  # it is asked again when it does not know, or says what the field does not ...
ASK_AGAIN_MS = 3000  # ... so much later: a person has moved on
PERSON_Q4 = 80  # 5 nat: less, answers included, may be a person in an empty bay; three that see something always do
ARRIVAL_PERCENT = 667  # of occupied_nt, 40 uT: an arrival with a smaller peak may be the next bay's: ask
STRAY_PERCENT = 50  # of the spread: a step of that size that nobody saw may be a faint vehicle's: ask
AUDIT_NT = 6000  # a vehicle that shows so much is not taken for an empty bay because an echo is missing
AUDITS = 2  # the range sensor contradicts at so many heartbeats in a row: unknown ...
AUDITS_LONG = 12  # ... and at so many it is believed, unless the field is strong and proven

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
QUIET_LEARN_MS = 60000  # a node that stays awake takes its quiet mean as a heartbeat so often
QUIET_MEAN_MS = 20000  # ... a mean over so long, for hum is louder than drift
DRIFT_NT_PER_C = 300  # ten times the +-0.03 uT/degC of the IIS2MDC: housing, battery can
JUMP_PERCENT = 170  # of the spread: a jump without a seen movement counts as one from here
SPREAD_NT = 2500  # of the expectation of the empty bay, at least: neighbours, drift between two looks ...
LAG_CDEG = 1000  # die and field may differ by so much while the sun comes and goes ...
LAG_RIDGE = 2000000  # ... less where the slope is small: (180 nT/degC * 8)^2
SPREAD_RESTLESS = 4  # ... and so many quiet steps of usual size
RESTLESS_NT = 300  # start value of that size
RESTLESS_SHIFT = 6  # it remembers some 2^6 quiet steps
SLOPE_STEP_CDEG = 100  # the slope learns from drifts over 1 degC ...
SLOPE_RIDGE_CDEG2 = 50000  # ... counts for little before (2.2 degC)^2 of them ...
SLOPE_KEEP_Q8 = 251  # ... and forgets one part in 50 with each
SLOPE_LIMIT_NT_PER_C = 4000  # field nodes with drift as large as a car had 3200 in assumed units
KEEP_PERCENT = 50  # of what is left in the empty bay after a departure counts as drift, the rest as neighbours
LEAK_SHIFT = 6  # a neighbour that stays for 2^6 heartbeats becomes part of the empty bay
STALE_S = 86400  # occupied for longer: unknown

# Finding an empty bay that was calibrated wrongly, or has moved
SAME_PLACE_PERCENT = 100  # of the spread: two places nearer than that are one
AGAIN_VISITS = 2  # so often the field came back to a place (before the empty bay was proven: oftener than there) ...
VISIT_S = 120  # a place is visited by staying so long, not by a manoeuvre
AWAY_S = 21600  # ... and for so long not to the empty bay
EXCURSION_PERCENT = 150  # of occupied_nt: it must have been so far away, farther than neighbours push it
MOVED_PERCENT = 200  # of occupied_nt: such a shift of the empty bay means that the node was moved

# Trouble
SATURATED_NT = 750000  # any axis; QMC5883L clips at 800 uT, the Earth gives 50, a car 150
SATURATED_SAMPLES = 10
CLIPPED_SAMPLES = 4  # an axis out of range that shows the same so often is at its end; otherwise a magnet is near
MAGNET_NT = 250000  # away from where it rested: no vehicle, a magnet on the lid; cars' nearest parts reach 150 uT
STUCK_SAMPLES = 30  # one axis exactly the same so often; noise makes that impossible
GAP_MS = 2000  # samples farther apart start a new window
CHATTER_CHANGES = 12  # changes in an hour


def digest() -> int:
    """Return a checksum that changes with any number of this table or of the odds."""
    from baysense.core import odds_table

    checksum = 0
    for module in (globals(), odds_table.__dict__):
        for name, value in sorted(module.items()):
            if type(value) in (int, tuple):
                checksum = crc32(f"{name}={value};".encode(), checksum)
    return checksum
