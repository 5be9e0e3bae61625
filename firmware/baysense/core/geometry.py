"""Vectors in integers. Pure.

Where every sample counts, the field is measured in q, quanta of 32 nT, clamped to +-300 uT, so that
ten squares fit the 31 bits of a small integer.
"""

QUANTUM_SHIFT = 5  # 1 q = 32 nT
_CLAMP_Q = 9375  # 10 * 9375^2 < 2^30


def clamp(value_q: int) -> int:
    """Return the value limited to what a square fits [q]."""
    if value_q > _CLAMP_Q:
        return _CLAMP_Q
    return value_q if value_q > -_CLAMP_Q else -_CLAMP_Q


def size_nt(x_nt: int, y_nt: int, z_nt: int) -> int:
    """Return the length of a vector [nT], to 16 nT; components up to 300 uT stay small integers."""
    x, y, z = x_nt >> 4, y_nt >> 4, z_nt >> 4
    return root(x * x + y * y + z * z) << 4


def root(value: int) -> int:
    """Return the integer square root, by Newton's method."""
    if value < 2:
        return value
    guess = 1 << 15 if value < 1 << 30 else value
    while True:
        better = (guess + value // guess) >> 1
        if better >= guess:
            return guess
        guess = better


def part(value: int, percent: int) -> int:
    """Return a percentage."""
    return value * percent // 100
