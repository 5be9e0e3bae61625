"""What a Wi-Fi radio draws."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RadioCurrents:
    """What the radio adds to the running chip [µA]; nothing when it is off."""

    receive_ua: float  # also while scanning and connecting
    transmit_ua: float
    associated_ua: float  # between beacons, with the modem asleep
