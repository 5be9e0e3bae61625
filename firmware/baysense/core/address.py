"""A fixed IP address, as the settings have it. Pure."""


def problem(config: dict) -> tuple[str, str] | None:
    """Return the setting that is wrong and what is wrong with it; None when address, gateway and name server fit."""
    address, _, length = config["ip_address"].partition("/")
    if not (_dotted(address) and _between(length, 1, 30)):
        return "ip_address", "must be an address and the length of its prefix, such as 192.0.2.10/24"
    for name in ("ip_gateway", "ip_dns"):
        if not config[name]:
            return name, "is needed with ip_address"
        if not _dotted(config[name]):
            return name, "must be an address such as 192.0.2.1"
    host_bits = 32 - int(length)
    if _number(config["ip_gateway"]) >> host_bits != _number(address) >> host_bits:
        return "ip_gateway", "must lie in the network of ip_address"
    return None


def _dotted(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(_between(part, 0, 255) for part in parts)


def _between(text: str, low: int, high: int) -> bool:
    return 0 < len(text) <= 3 and all(c in "0123456789" for c in text) and low <= int(text) <= high


def _number(address: str) -> int:
    number = 0
    for part in address.split("."):
        number = number << 8 | int(part)
    return number
