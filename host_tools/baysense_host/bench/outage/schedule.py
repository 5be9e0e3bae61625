"""What fails when: drawn once from a seed, so that a bad month can be lived again."""

from dataclasses import dataclass
from random import Random

from baysense_host.virtual.net import faults

HOUR_S, DAY_S = 3600.0, 86_400.0

LOGIN = "login"  # connections reach a broker that refuses the login
FOREIGN = "foreign"  # connections reach a broker whose certificate somebody else signed
BROKER_KILLED = "broker_killed"
RESET, WATCHDOG, BROWN_OUT, POWER_CUT = "reset", "watchdog", "brown_out", "power_cut"
FLASH_CUT = "flash_cut"  # the power fails at an operation of the flash

NETWORK = (
    faults.DROP, faults.BLACK_HOLE, faults.HALF_OPEN, faults.REFUSE, faults.SLOW, faults.WIFI_DOWN, LOGIN, FOREIGN,
    BROKER_KILLED, faults.NTP_SILENT, faults.NTP_LIES,
)  # fmt: skip
DEVICE = (RESET, WATCHDOG, BROWN_OUT, POWER_CUT, FLASH_CUT)
LONG = faults.WIFI_DOWN  # the costliest for the device: every try searches all channels

AT_ONCE, IN_REPORT, IN_SENDING, IN_WRITE = "at once", "in a report", "while sending", "after a write"

# A report takes some 4 s, most of it Wi-Fi and the TLS handshake; from one message to the next it takes some 30 ms.
_LONGEST_DELAY_S = {AT_ONCE: 0.0, IN_REPORT: 4.0, IN_SENDING: 0.1, IN_WRITE: 0.2}
_MOST_OPERATIONS = 30  # of the flash; an event takes some 3
_MOST_BYTES = 6000  # a TLS handshake with a client certificate and some reports
_DARK_S = 1.0, 300.0  # without power
_YEAR_S = 365 * 86_400


@dataclass(frozen=True)
class Amount:
    """How much goes wrong."""

    days: float
    each_network: int  # failures of each kind
    each_device: int
    long_s: float  # of the one long outage; 0: none
    calm_s: float = 3 * HOUR_S  # at the end, for everything to arrive
    lasts_s: tuple[float, float] = (120.0, 3 * HOUR_S)


@dataclass(frozen=True)
class Outage:
    """One failure: not before `start_s`, at a moment of the device's life, for so long.

    `delay_s`: from that moment on. `dose`: what the kind needs more, in its own unit: bytes that pass, seconds that
    the time server is wrong or that a packet is late, operations of the flash.
    """

    kind: str
    start_s: float
    lasts_s: float
    moment: str = AT_ONCE
    delay_s: float = 0.0
    dose: float = 0.0


def plan(seed: int, amount: Amount) -> list[Outage]:
    """Draw all failures, in order of time; each has a slot of its own."""
    rng = Random(f"outages {seed}")
    kinds = list(NETWORK) * amount.each_network + list(DEVICE) * amount.each_device
    rng.shuffle(kinds)
    slot_s = (amount.days * DAY_S - amount.calm_s - amount.long_s) / (len(kinds) + 1)
    middle = len(kinds) // 2
    outages = []
    for number, kind in enumerate(kinds):
        begin_s = slot_s * (number + 0.5) + (amount.long_s if number >= middle else 0.0)
        outages.append(_draw(rng, kind, begin_s + rng.uniform(0.0, 0.3) * slot_s, 0.6 * slot_s, amount))
    if amount.long_s:
        outages.append(Outage(LONG, slot_s * (middle + 0.3), amount.long_s))
    return sorted(outages, key=lambda outage: outage.start_s)


def _draw(rng: Random, kind: str, start_s: float, most_s: float, amount: Amount) -> Outage:
    if kind == FLASH_CUT:
        return Outage(kind, start_s, rng.uniform(*_DARK_S), dose=rng.randint(1, _MOST_OPERATIONS))
    if kind in DEVICE:
        moment = rng.choice((AT_ONCE, IN_REPORT, IN_SENDING, IN_WRITE))
        lasts_s = rng.uniform(*_DARK_S) if kind == POWER_CUT else 0.0
        return Outage(kind, start_s, lasts_s, moment, rng.uniform(0.0, _LONGEST_DELAY_S[moment]))
    lasts_s = min(most_s, rng.uniform(*(limit**0.5 for limit in amount.lasts_s)) ** 2)  # short ones more often
    moment = rng.choice((IN_REPORT, IN_SENDING) if kind == faults.HALF_OPEN else (AT_ONCE, IN_REPORT, IN_SENDING))
    return Outage(kind, start_s, lasts_s, moment, rng.uniform(0.0, _LONGEST_DELAY_S[moment]), _dose(rng, kind))


def _dose(rng: Random, kind: str) -> float:
    if kind == faults.DROP:
        return rng.randrange(_MOST_BYTES)
    if kind == faults.SLOW:
        return rng.uniform(0.5, 8.0)
    if kind == faults.NTP_LIES:
        return rng.choice((-5 * _YEAR_S, 30 * DAY_S))
    return 0.0
