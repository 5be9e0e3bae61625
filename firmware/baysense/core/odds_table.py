"""What each feature of a settled movement adds to the log-odds of an occupied bay [1/16 nat].

Written by `baysense tune --write`; a row a feature, a column a bin (odds.py). Rows: distance from the empty bay in
units of its spread; step in the same unit; peak of the movement in `occupied_nt`; peak in units of the step (FREE),
what is left of the vehicle's vector (OCCUPIED); path in units of twice the peak; distance in units of this bay's
usual vehicle.
`UNSEEN`: nobody watched the movement, only its result was found.
"""

from array import array

VERSION = 2  # fitted to 131,469 movements simulated with seed 1000, and 5,439 recorded

FREE = (
    # -71 -41 -25 -12 5 13 24 33 47 59 80 80 0
    array("b", b"\xb9\xd7\xe7\xf4\x05\x0d\x18\x21\x2f\x3b\x50\x50\x00"),
    # -32 -2 -1 1 1 1 1 1 1 1 4 4 0
    array("b", b"\xe0\xfe\xff\x01\x01\x01\x01\x01\x01\x01\x04\x04\x00"),
    # 0 -16 -16 -16 -16 -16 -16 -11 -3 6 8 9 21
    array("b", b"\x00\xf0\xf0\xf0\xf0\xf0\xf0\xf5\xfd\x06\x08\x09\x15"),
    # 2 2 2 1 0 0 0 0 0 0 0 0 0
    array("b", b"\x02\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    # 0 -22 -24 -13 -6 2 13 21 19 -5 -38 -64 -80
    array("b", b"\x00\xea\xe8\xf3\xfa\x02\x0d\x15\x13\xfb\xda\xc0\xb0"),
    # -16 -16 -16 -16 -16 -16 -16 -16 -4 9 20 30 0
    array("b", b"\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xf0\xfc\x09\x14\x1e\x00"),
)
OCCUPIED = (
    # -53 -42 -30 -24 -15 -15 -12 22 36 44 59 80 0
    array("b", b"\xcb\xd6\xe2\xe8\xf1\xf1\xf4\x16\x24\x2c\x3b\x50\x00"),
    # 17 17 17 17 10 0 0 0 -5 -5 -5 -8 0
    array("b", b"\x11\x11\x11\x11\x0a\x00\x00\x00\xfb\xfb\xfb\xf8\x00"),
    # 0 -7 -3 2 8 14 11 11 14 12 -4 -3 -4
    array("b", b"\x00\xf9\xfd\x02\x08\x0e\x0b\x0b\x0e\x0c\xfc\xfd\xfc"),
    # -20 2 2 2 2 3 3 3 3 7 14 28 0
    array("b", b"\xec\x02\x02\x02\x02\x03\x03\x03\x03\x07\x0e\x1c\x00"),
    # 0 20 22 -2 -11 -15 -17 -21 -13 0 17 30 42
    array("b", b"\x00\x14\x16\xfe\xf5\xf1\xef\xeb\xf3\x00\x11\x1e\x2a"),
    # -29 -18 -8 -8 -8 -8 2 13 23 29 33 35 0
    array("b", b"\xe3\xee\xf8\xf8\xf8\xf8\x02\x0d\x17\x1d\x21\x23\x00"),
)
FREE_UNSEEN = (
    # -49 -46 -42 -37 -28 -15 3 25 43 46 46 49 0
    array("b", b"\xcf\xd2\xd6\xdb\xe4\xf1\x03\x19\x2b\x2e\x2e\x31\x00"),
    # -5 -5 -5 -5 -5 -5 -5 -4 0 0 18 18 0
    array("b", b"\xfb\xfb\xfb\xfb\xfb\xfb\xfb\xfc\x00\x00\x12\x12\x00"),
    # -6 0 0 0 0 0 0 0 0 0 0 0 0
    array("b", b"\xfa\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    # 1 1 1 1 1 1 1 1 1 1 -3 -7 0
    array("b", b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\xfd\xf9\x00"),
    # -6 0 0 0 0 0 0 0 0 0 0 0 0
    array("b", b"\xfa\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    # -11 -11 -11 -11 -11 -11 -11 -11 -11 11 31 49 0
    array("b", b"\xf5\xf5\xf5\xf5\xf5\xf5\xf5\xf5\xf5\x0b\x1f\x31\x00"),
)
OCCUPIED_UNSEEN = (
    # -10 -10 -7 -7 -7 -7 -7 -2 2 19 19 19 0
    array("b", b"\xf6\xf6\xf9\xf9\xf9\xf9\xf9\xfe\x02\x13\x13\x13\x00"),
    # 3 3 3 3 3 3 3 3 3 -7 -7 -7 0
    array("b", b"\x03\x03\x03\x03\x03\x03\x03\x03\x03\xf9\xf9\xf9\x00"),
    # 3 0 0 0 0 0 0 0 0 0 0 0 0
    array("b", b"\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    # -21 -19 -9 -9 -9 -5 10 13 13 13 13 13 0
    array("b", b"\xeb\xed\xf7\xf7\xf7\xfb\x0a\x0d\x0d\x0d\x0d\x0d\x00"),
    # 3 0 0 0 0 0 0 0 0 0 0 0 0
    array("b", b"\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    # -21 -5 -1 -1 -1 -1 -1 -1 -1 -1 13 26 0
    array("b", b"\xeb\xfb\xff\xff\xff\xff\xff\xff\xff\xff\x0d\x1a\x00"),
)
