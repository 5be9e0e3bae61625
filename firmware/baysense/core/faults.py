"""Fault codes: one bit each, so that a mask travels in every message. Bits are never reused.

A fault's code name is its constant's name in lower case.
"""

SENSOR_ABSENT = 1 << 0  # magnetometer does not answer
SENSOR_RESET = 1 << 1  # magnetometer lost its configuration
SENSOR_STUCK = 1 << 2  # magnetometer axis does not change
SENSOR_SATURATED = 1 << 3  # an axis stays at the end of its range
PIN_STUCK = 1 << 4  # wake pin stays active
BATTERY_LOW = 1 << 5  # battery is nearly empty
BATTERY_CUTOFF = 1 << 6  # battery empty, radio off
STORAGE_CORRUPT = 1 << 7  # a file was damaged and set aside
IDENTITY_RESTORED = 1 << 8  # identity came from the copy on flash
CLOCK_UNCERTAIN = 1 << 9  # clock restarted, event ages unknown
WAKE_STORM = 1 << 10  # too many wakes without a change
UPLINK_FAILED = 1 << 11  # report was not acknowledged
WIFI_NO_NETWORK = 1 << 12  # Wi-Fi network not found
WIFI_PASSWORD = 1 << 13  # Wi-Fi refused the password
BROWN_OUT = 1 << 14  # supply collapsed while working
WATCHDOG = 1 << 15  # restarted by the watchdog
RANGE_ABSENT = 1 << 16  # range sensor does not answer
CONFIG_INVALID = 1 << 17  # stored settings invalid, defaults used
JOURNAL_OVERFLOW = 1 << 18  # oldest events were dropped
TLS_REFUSED = 1 << 19  # the broker's certificate was refused, or ours is missing
MQTT_LOGIN = 1 << 20  # broker refused the login
TIME_REFUSED = 1 << 21  # the network's time lies before the time floor, or decades ahead
RANGE_BLOCKED = 1 << 22  # range sensor's window is covered
MAGNET = 1 << 23  # field far beyond any vehicle's: a magnet on the lid
NODE_MOVED = 1 << 24  # the empty bay's field has moved for good: the node was moved, or iron was built in
CALIBRATING = 1 << 25  # the empty bay is not proven yet: decisions are less sure
CHATTER = 1 << 26  # state changes oftener than vehicles do: changes are told with the heartbeat
RADIO_ABSENT = 1 << 27  # LoRa radio does not answer
RADIO_BUSY = 1 << 28  # LoRa radio stays busy
RADIO_CLOCK = 1 << 29  # LoRa radio's oscillator does not start
LORA_KEYS = 1 << 30  # LoRaWAN keys are missing or of a wrong length
LORA_COUNTER = 1 << 31  # a LoRaWAN counter is used up: it needs a new key

# Incidents: kept until a health message told of them. The others are taken back when what they tell of is looked at
# and found well.
INCIDENTS = SENSOR_RESET | STORAGE_CORRUPT | CLOCK_UNCERTAIN | UPLINK_FAILED | WIFI_NO_NETWORK | WIFI_PASSWORD
INCIDENTS |= BROWN_OUT | WATCHDOG | JOURNAL_OVERFLOW | TLS_REFUSED | MQTT_LOGIN | TIME_REFUSED | NODE_MOVED


def names(mask: int) -> list[str]:
    """Return the code names of all bits set in the mask, in the order of the bits."""
    found = [(bit, name.lower()) for name, bit in globals().items() if type(bit) is int and bit & mask]
    return [name for bit, name in sorted(found) if not bit & bit - 1]  # INCIDENTS has several bits
