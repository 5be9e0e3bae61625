"""How much of the heap our modules take, on interpreters of different word size."""

# What they import of the chip, as far as they use it while they load.
_STUBS = """
import gc, json, sys
sys.path.insert(0, "{app}")
class _Chip:
    pass
for _name in ("machine", "esp32", "network", "socket", "select", "tls", "cryptolib"):
    if _name not in sys.modules:
        sys.modules[_name] = _Chip()
for _name in ("ADC", "I2C", "RTC", "UART", "WDT", "Pin"):
    setattr(sys.modules["machine"], _name, _Chip)
if isinstance(sys.modules["cryptolib"], _Chip):
    sys.modules["cryptolib"].aes = _Chip
"""


def program(app: str, modules: list[str]) -> list[str]:
    """Return a program, in pieces, that loads modules and prints how many bytes stay allocated.

    In pieces because the WebAssembly build collects garbage only between two of them. The modules are loaded twice
    and measured the second time, when all their names are known: names lie in pools that double in size, and whether
    the next pool is just reached or just not would decide the outcome.
    """
    loads = [f"__import__({name!r})" for name in modules]
    return [
        _STUBS.format(app=app),
        "before = set(sys.modules)",
        *loads,
        "for _name in set(sys.modules) - before: del sys.modules[_name]",
        "gc.collect()",
        "base = gc.mem_alloc()",
        *loads,
        "gc.collect()",
        "print(json.dumps(gc.mem_alloc() - base))",
    ]


def modules(names: list[str]) -> list[str]:
    """Return which modules to load: everything of the node but the board, and the MQTT client.

    Not SNTP: the WebAssembly build has no urandom.
    """
    ours = [name for name in names if name.startswith("baysense") or name == "chumicro_mqtt.client"]
    return [name for name in ours if name != "baysense.net.sntp"]
