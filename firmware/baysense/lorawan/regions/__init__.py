"""Regional parameters, one table a file; only the one in use is imported."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from baysense.lorawan.contract import Channels


def opened(name: str) -> "tuple[ModuleType, type[Channels]]":
    """Return a region's table and the kind of its channels."""
    region = _table(name)
    if region.DYNAMIC:
        from baysense.lorawan import dynamic

        return region, dynamic.Channels
    from baysense.lorawan import fixed

    return region, fixed.Channels


def _table(name: str) -> "ModuleType":
    if name == "EU868":
        from baysense.lorawan.regions import eu868

        return eu868
    if name == "US915":
        from baysense.lorawan.regions import us915

        return us915
    if name == "AU915":
        from baysense.lorawan.regions import au915

        return au915
    if name == "IN865":
        from baysense.lorawan.regions import in865

        return in865
    raise ValueError(f"there is no region {name}: EU868, US915, AU915 or IN865")
