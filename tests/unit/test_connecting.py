"""A try to report that ends in any error: the radio is off again, and it counts as one that failed."""

import sys
import time

from baysense import connecting, delivering
from baysense.core import config, faults
from baysense.core.retry import Retry
from baysense.node import Node
from baysense.uplink import Uplink

NOW_S = 100_000

if not hasattr(time, "ticks_ms"):  # CPython
    time.ticks_ms = lambda: 0
    time.ticks_add = time.ticks_diff = lambda a, b: 0


class Station:
    """A Wi-Fi interface that can be switched on, and no more."""

    def __init__(self, error: Exception) -> None:
        self.on = False
        self.error = error

    def active(self, on: object = None) -> bool:
        if on is not None:
            self.on = bool(on)
        return self.on

    def isconnected(self) -> bool:
        if self.on and self.error:
            error, self.error = self.error, None
            raise error
        return False


class Board:
    """What a mains node asks of its board; `station` is its Wi-Fi."""

    POWER = "mains"

    def __init__(self) -> None:
        self.memory = b""
        self.station = Station(OSError("none"))

    def wake_cause(self) -> str:
        return "timer"

    def retained(self) -> bytes:
        return self.memory

    def retain(self, data: bytes) -> None:
        self.memory = bytes(data)

    def wifi(self) -> Station:
        return self.station


class Clocked(Node):
    """A node whose clock stands still."""

    def clock_s(self) -> int:
        return NOW_S

    def begin_measuring(self) -> None:
        pass


class Link:
    """An open connection; `dropped` once it is given up."""

    opened_s = NOW_S
    dropped = False

    def drop(self) -> None:
        self.dropped = True


class Journal:
    """One that cannot be read."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def pending(self, most: int) -> list:
        raise self.error


class MQTTError(Exception):
    """Stands for chumicro-mqtt's, which is no OSError either."""


class Client:
    """Stands for the module that has it."""


Client.MQTTError = MQTTError


def node() -> Node:
    """Return a mains node whose heartbeat is far away."""
    found = Clocked(Board(), "")
    found.settings = config.defaults()
    found.settings["uplink"] = "mqtt"
    found.recall.adopt(found.settings)
    found.recall.heartbeat_due_s = NOW_S + 3600
    return found


def test_whatever_is_raised_while_connecting_leaves_the_radio_off() -> None:
    for error in (OSError("a"), MemoryError("b"), RuntimeError("Wifi Internal Error"), ValueError("c")):
        here = node()
        here.board.station.error = error
        raised = None
        try:
            Uplink(here, {"ip_address": "", "networks": []}, b"")
        except Exception as found:
            raised = found
        assert raised is error and not here.board.station.on


def test_whatever_is_raised_while_sending_is_a_failed_try() -> None:
    sys.modules["chumicro_mqtt.client"] = Client
    try:
        for error in (OSError("a"), MemoryError("b"), RuntimeError("c"), ValueError("d"), MQTTError("e")):
            here = node()
            link = here.link = Link()
            here.stores = {"journal": Journal(error)}
            here.recall.faults = here.recall.logged = faults.UPLINK_FAILED  # nothing new, which would go to flash
            delivering.report(here)
            assert link.dropped and here.link is None and here.faults == faults.UPLINK_FAILED
            assert Retry(here.recall.retry).failures == 1 and here.recall.retry_due_s >= NOW_S + 45
    finally:
        del sys.modules["chumicro_mqtt.client"]


def test_a_programming_error_is_none_of_them() -> None:
    assert not issubclass(TypeError, connecting.trouble()) and not issubclass(MQTTError, connecting.trouble())
