"""Report over LoRaWAN: what flash has to say first, then radio and MAC: never do they need their memory at once."""

import sys

from micropython import const

from baysense import stages
from baysense.core import faults

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

COST_PERCENT = const(40)  # of what core.retry counts: waiting for an answer takes some 50 mA, Wi-Fi 130
_GPS_AHEAD_S = const(630_720_018)  # GPS time counts from 1980-01-06; 18 leap seconds since
_OF_AIR = ("baysense.lorawan", "baysense.air", "baysense.drivers", "baysense.radio", "baysense.core.payload")
_OF_FLASH = ("baysense.planning", "baysense.storage.journal")


def deliver(node: "Node", replies: "list | tuple" = ()) -> bool:
    """Send answers to commands, then everything that waits, oldest first; False when some of it could not be sent."""
    from baysense import planning

    try:
        plan = planning.prepare(node)
    except ValueError as error:
        print("report:", error)
        node.fault(faults.LORA_KEYS)
        return False
    finally:
        del planning
        stages.tidy(node)
        if node.detector is None:
            stages.unload(list(_OF_FLASH))
    from baysense import airlink

    done = airlink.deliver(node, plan, replies)
    if node.told_time[0]:
        del airlink
        _set_clock(node)
    return done


def _set_clock(node: "Node") -> None:
    """Set the clock to the time that the network told meanwhile."""
    if node.detector is None:
        stages.unload([name for name in sys.modules if name.startswith(_OF_AIR)])
    from baysense import timekeeping

    told_ms, then_ms = node.told_time
    node.told_time = 0, 0
    timekeeping.take(node, (told_ms + node.clock_ms() - then_ms) // 1000 - _GPS_AHEAD_S)
