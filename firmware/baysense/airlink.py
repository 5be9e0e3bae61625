"""The radio, the MAC above it, and what becomes of it when one of them, or the network, does not do its part."""

from micropython import const

from baysense import stages
from baysense.airclock import AirClock
from baysense.core import faults
from baysense.lorawan.mac import Busy, Mac, Stopped
from baysense.radio import open_radio

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_FULL_MV = const(4100)  # Li-ion
_SOON_S = const(1)
_GIVEN_UP = const(60)  # reports in a row that failed, two days and more: join anew, the session stays until then ...
_REJOIN_EVERY = const(20)  # ... and again after so many ...
_MOST_COUNTED = const(255)  # ... and with each report in the end
_ROUND = const(6)  # requests of the first try, each at another data rate of EU868; one of each that follows

# errno of a driver; ETIMEDOUT is 110 on Linux and 116 on the chip
_FAULTS = {19: faults.RADIO_ABSENT, 110: faults.RADIO_BUSY, 116: faults.RADIO_BUSY, 5: faults.RADIO_CLOCK}
_LASTING = faults.RADIO_ABSENT | faults.RADIO_BUSY | faults.RADIO_CLOCK | faults.LORA_KEYS | faults.LORA_COUNTER


class Silent(OSError):
    """The network did not answer."""


def deliver(node: "Node", plan: dict, replies: "list | tuple") -> bool:
    """Send answers to commands and what the plan has; False when some of it could not be sent."""
    try:
        link = Link(node, plan)
    except OSError as error:
        print("radio:", error)
        node.clear(_LASTING)
        node.fault(_fault(error, faults.STORAGE_CORRUPT))
        return False
    try:
        if link.join():
            raise Busy(_SOON_S)  # the report has a boot of its own
        from baysense.air import Air

        air = Air(node, link.mac, plan)
        for _, answer, _ in replies:
            air.answer(answer[0], answer[1])
        air.report()
        node.clear(_LASTING)
        return True
    except Busy as busy:
        node.waits_s = max(_SOON_S, busy.wait_s)
    except Stopped as error:
        print("report:", error)
        node.fault(faults.LORA_COUNTER)
    except (OSError, ValueError) as error:
        print("report:", error)
        node.fault(_fault(error, faults.UPLINK_FAILED))
    finally:
        link.close()
    return False


def _fault(error: Exception, otherwise: int) -> int:
    """Return the fault that an error means; a driver says it in words, too, which flash does not."""
    return _FAULTS.get(error.args[0], otherwise) if len(error.args) > 1 else otherwise


class Link:
    """A radio that is on, and its MAC."""

    def __init__(self, node: "Node", plan: dict) -> None:
        """Open the radio; raise OSError when it does not work."""
        self._node = node
        self._store = stages.store(node, "session")
        self._radio = open_radio(node.board)
        retained = node.recall.radio
        try:
            self.mac = Mac(plan["region"], self._radio, AirClock(node), self._store, plan["keys"], retained, plan)
        except (OSError, ValueError, MemoryError):
            self._radio.sleep()
            raise
        self.mac.battery = _battery_level(node)

    def join(self) -> bool:
        """Join if there is no session of use; return whether that was done, raise Silent when nobody answers."""
        if self.mac.joined:
            return self._forgotten() and self.mac.join()
        for _ in range(1 if self._node.recall.retry else _ROUND):
            if self.mac.join():
                return True
            self._node.feed()
        raise Silent("the network does not answer the join request")

    def _forgotten(self) -> bool:
        """Tell whether the network may have lost the session: now and then after days without an answer."""
        packed = self._node.recall.retry
        if not packed:
            return False
        from baysense.core.retry import Retry

        failures = Retry(packed).failures
        return failures >= _GIVEN_UP and (failures % _REJOIN_EVERY == 0 or failures == _MOST_COUNTED)

    def close(self) -> None:
        """Switch the radio off, and keep what the next frame needs."""
        node = self._node
        node.recall.radio = self.mac.dump()
        node.fault(self._store.faults | (faults.STORAGE_CORRUPT if self.mac.store_failed else 0))
        try:
            self._radio.sleep()
        except OSError as error:
            print("radio:", error)
            node.fault(_fault(error, faults.RADIO_BUSY))


def _battery_level(node: "Node") -> int:
    """Return the level that DevStatusAns has: 0 for mains, else 1 to 254 (LoRaWAN 1.0.4, 5.5)."""
    board = node.board
    if board.POWER != "battery":
        return 0
    return 1 + max(0, min(253, (board.battery_mv() - board.CUTOFF_MV) * 253 // (_FULL_MV - board.CUTOFF_MV)))
