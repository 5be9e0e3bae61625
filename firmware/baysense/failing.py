"""What follows from a connection that failed or died: the fault, and what it changes of what is due."""

from micropython import const

from baysense import connecting, delivering
from baysense.core import faults

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_LASTED_S = const(300)  # a connection that lives so long was no failure
_FAULTS = {
    "timeout": faults.UPLINK_FAILED,
    "network": faults.WIFI_NO_NETWORK,
    "password": faults.WIFI_PASSWORD,
    "login": faults.MQTT_LOGIN,
}


def note(node: "Node", error: Exception) -> None:
    """Note why nothing was sent; a heartbeat that was due becomes an event: the bay was watched meanwhile."""
    print("report:", repr(error))
    reason = getattr(error, "reason", "timeout")
    node.fault(_FAULTS.get(reason, faults.TLS_REFUSED))  # TLS names more reasons than a code can
    if reason in ("early", "expired"):
        node.recall.synced_s = 0  # the clock may be wrong: ask again
    connecting.drop(node)
    if node.clock_s() >= node.recall.heartbeat_due_s:
        from baysense import recording

        recording.record_heartbeat(node)
        delivering.count_heartbeat(node)


def lose(node: "Node", error: Exception) -> None:
    """Give up a connection that is dead; a new one tells of it, later the more often that happens."""
    print("connection:", repr(error))
    forgive(node)
    connecting.drop(node)
    node.fault(faults.UPLINK_FAILED)
    node.recall.heartbeat_due_s = node.clock_s()
    delivering.put_off_report(node, 0)


def forgive(node: "Node") -> None:
    """Forget failed tries, unless the connection is still so young that it may become one more."""
    link = node.link
    if link is None or node.clock_s() - link.opened_s >= _LASTED_S:
        from baysense.core.retry import Retry

        retry = Retry(node.recall.retry)
        retry.succeeded(node.clock_s())
        node.recall.retry = retry.dump()
