"""Stand-ins for built-in modules that a file cannot replace, and how the shims take their places."""

import io
import sys
from collections import namedtuple

import micropython
import uos as _os
import vb_console as _console
import vb_machine_name as _name

_EXTENSIBLE = ("time", "select", "socket", "machine", "esp32", "network")
_RENAMED = (("vb_asyncio", "_asyncio"), ("vb_os", "os"), ("vb_tls", "tls"))  # (file, module that it stands for)

_Implementation = namedtuple("implementation", ("name", "version", "_machine", "_mpy", "_build"))


def exception_text(error):
    """Return the traceback as a board prints it, without the frames of the shims."""
    text = io.StringIO()
    sys.print_exception(error, text)
    lines = text.getvalue().split("\n")
    return "\n".join([line for line in lines if not line.startswith('  File "shims/')])


class _Sys:
    platform = "esp32"
    stdin = _console.TextInput()
    version = "3.4.0; MicroPython " + _name.VERSION
    implementation = _Implementation(
        "micropython", sys.implementation[1], _name.MACHINE, sys.implementation._mpy, "ESP32_GENERIC"
    )

    def print_exception(self, error, file=sys.stdout):
        file.write(exception_text(error))

    def __getattr__(self, name):
        return getattr(sys, name)


class _MicroPython:
    def kbd_intr(self, character):
        _console.executing(character == _console.CTRL_C)

    def alloc_emergency_exception_buf(self, size):
        pass

    def __getattr__(self, name):
        return getattr(micropython, name)


def take_over(folder):
    """Put the shims that there are into sys.modules."""
    files = _os.listdir(folder)
    for name in _EXTENSIBLE:
        if name + ".mpy" in files:
            __import__(name)
    for file, name in _RENAMED:
        if file + ".mpy" in files:
            sys.modules[name] = __import__(file)
    if "time" in sys.modules:
        sys.modules["time"]._boot(int(_os.getenv("VB_RTC_US")))
    sys.modules["sys"] = _Sys()
    sys.modules["micropython"] = _MicroPython()
