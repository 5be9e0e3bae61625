"""Steps that make today's settings of those an older firmware stored; loaded only when there are such."""

# What schema 1 stored for a setting that nobody had set: it stored all of them.
_DEFAULTS_1 = {
    "bay": "", "zone": "bay", "dwell_s": 0, "uplink": "none", "heartbeat_s": 3600, "wifi_ssid": "",
    "wifi_password": "", "mqtt_host": "", "mqtt_port": 1883, "mqtt_user": "", "mqtt_password": "",
    "mqtt_base": "baysense", "wake_threshold_nt": 2500, "occupied_nt": 6000, "free_nt": 2500, "confirm_range": True,
    "console_s": 10,
}  # fmt: skip


def _leave_out_defaults(values: dict) -> dict:
    """Return what somebody had set: the rest follows the defaults of the firmware that runs."""
    return {name: values[name] for name in values if name not in _DEFAULTS_1 or values[name] != _DEFAULTS_1[name]}


STEPS = (_leave_out_defaults,)  # from schema n to n + 1, for each n from 1
