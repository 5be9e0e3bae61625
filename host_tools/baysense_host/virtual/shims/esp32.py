"""`esp32`: NVS, wake sources, holds and temperatures; each chip has only what its build has."""

import os

import vb_link as _link

WAKEUP_ALL_LOW = False
WAKEUP_ANY_HIGH = True
HEAP_DATA = 4
HEAP_EXEC = 1

_SOC = os.getenv("VB_SOC")


def _numbers(pins):
    return [] if pins is None else [pin._id for pin in pins]


if _SOC in ("esp32", "esp32s3"):

    def wake_on_ext0(pin=None, level=False):
        _link.call("wake.ext0", None if pin is None else pin._id, 1 if level else 0)

    def wake_on_ext1(pins=None, level=False):
        _link.call("wake.ext1", _numbers(pins), 1 if level else 0)


if _SOC == "esp32c3":

    def wake_on_gpio(pins=None, level=False):
        _link.call("wake.gpio", _numbers(pins), 1 if level else 0)


if _SOC == "esp32":

    def raw_temperature():
        return _link.call("mcu.raw_temperature")

else:

    def mcu_temperature():
        return _link.call("mcu.temperature")


def idf_heap_info(capabilities):
    return [tuple(row) for row in _link.call("heap.info")]


class NVS:
    """A namespace of the NVS partition: 32-bit numbers and blobs."""

    def __init__(self, namespace):
        self._namespace = namespace
        _link.call("nvs.open", namespace)

    def get_i32(self, key):
        return _link.call("nvs.get_i32", self._namespace, key)

    def set_i32(self, key, value):
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise OverflowError("overflow converting long int to machine word")
        _link.call("nvs.set_i32", self._namespace, key, value)

    def get_blob(self, key, buffer):
        data = bytes.fromhex(_link.call("nvs.get_blob", self._namespace, key, len(buffer)))
        buffer[: len(data)] = data
        return len(data)

    def set_blob(self, key, value):
        _link.call("nvs.set_blob", self._namespace, key, bytes(value).hex())

    def erase_key(self, key):
        _link.call("nvs.erase_key", self._namespace, key)

    def commit(self):
        _link.call("nvs.commit", self._namespace)
