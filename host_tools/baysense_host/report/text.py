"""Numbers as a technician reads them."""

DAY_S = 86_400


def clock(t_s: float) -> str:
    """Return the time of day [s since midnight] as `07:15:03`, from the second day on with the day."""
    whole_s = int(t_s)
    day, second = divmod(whole_s, DAY_S)
    text = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return f"day {day + 1} {text}" if day else text


def seconds(value_s: float | None, signed: bool = False) -> str:
    """Return a time span [s] with as many digits as matter."""
    if value_s is None:
        return "–"
    digits = 2 if abs(value_s) < 1 else 1 if abs(value_s) < 100 else 0
    return f"{value_s:{'+' if signed else ''}.{digits}f} s"


def charge(value_mc: float) -> str:
    """Return a charge [mC], from 1 C on in C."""
    return f"{value_mc / 1000:.2f} C" if value_mc >= 1000 else f"{value_mc:.3g} mC"


def span(low: float, high: float, digits: int = 3) -> str:
    """Return a range with an en dash, one number where both read the same."""
    first, last = short(low, digits), short(high, digits)
    return first if first == last else f"{first}–{last}"


def short(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def plural(count: int, noun: str) -> str:
    """Return `1 change`, `2 changes`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
