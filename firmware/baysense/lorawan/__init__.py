"""LoRaWAN 1.0.4 Class A. Radio, clock and store are passed in."""
