"""Secrets that can be told from anything else on flash."""

import random

MARK = "S3cr3T"


def secret(size: int) -> str:
    """Return a text of this size that is full of the mark."""
    return (f"{MARK}{random.getrandbits(24):06x}" * (size // 12 + 1))[:size]
