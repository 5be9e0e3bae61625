"""Baysense: the firmware of a parking-bay sensor."""

__version__ = "0.1.0"
