"""What each fault code means; kept apart from the bits, which every wake loads."""

from baysense.core import faults

FAULTS = (  # code name, bit, what it means
    ("sensor_absent", faults.SENSOR_ABSENT, "magnetometer does not answer"),
    ("sensor_reset", faults.SENSOR_RESET, "magnetometer lost its configuration"),
    ("sensor_stuck", faults.SENSOR_STUCK, "magnetometer axis does not change"),
    ("sensor_saturated", faults.SENSOR_SATURATED, "field out of range, magnet near?"),
    ("pin_stuck", faults.PIN_STUCK, "wake pin stays active"),
    ("battery_low", faults.BATTERY_LOW, "battery is nearly empty"),
    ("battery_cutoff", faults.BATTERY_CUTOFF, "battery empty, radio off"),
    ("storage_corrupt", faults.STORAGE_CORRUPT, "a file was damaged and set aside"),
    ("identity_restored", faults.IDENTITY_RESTORED, "identity came from the copy on flash"),
    ("clock_uncertain", faults.CLOCK_UNCERTAIN, "clock restarted, event ages unknown"),
    ("wake_storm", faults.WAKE_STORM, "too many wakes without a change"),
    ("uplink_failed", faults.UPLINK_FAILED, "report was not acknowledged"),
    ("wifi_no_network", faults.WIFI_NO_NETWORK, "Wi-Fi network not found"),
    ("wifi_password", faults.WIFI_PASSWORD, "Wi-Fi refused the password"),
    ("brown_out", faults.BROWN_OUT, "supply collapsed while working"),
    ("watchdog", faults.WATCHDOG, "restarted by the watchdog"),
    ("range_absent", faults.RANGE_ABSENT, "range sensor does not answer"),
    ("config_invalid", faults.CONFIG_INVALID, "stored settings invalid, defaults used"),
    ("journal_overflow", faults.JOURNAL_OVERFLOW, "oldest events were dropped"),
)
