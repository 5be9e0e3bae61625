"""How long packets travel in virtual time.

A Wi-Fi hop to an idle access point takes 2–5 ms; with modem sleep the way back waits for a beacon if the
station dozed (they are 102.4 ms apart); a broker in the same city adds some 5 ms. Together one number each
way [assumed].
"""

ONE_WAY_US = 10_000
ROUND_TRIP_US = 2 * ONE_WAY_US
DNS_US = ROUND_TRIP_US
# lwIP gives up a connect after its SYN retransmissions; users of ESP32 boards report some 18 s.
CONNECT_TIMEOUT_US = 18_000_000

# How long fast mode holds virtual time [s of wall time]: for a peer's answer, and for what may follow it.
HOLD_S = 2.0
QUIET_S = 0.002
