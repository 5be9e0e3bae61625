"""Baysense: the firmware of a parking-bay sensor."""

__version__ = "0.1.0"
BUILT_S = 848_707_200  # 2026-11-23 [s since 2000]: it is certainly later than this
