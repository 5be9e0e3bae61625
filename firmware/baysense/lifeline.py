"""What keeps a mains node connected: report what is due, hear commands, notice a dead connection."""

from micropython import const

from baysense import connecting, delivering, sensing, stages

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node
    from baysense.uplink import Uplink


def tend(node: "Node") -> None:
    """Do what the connection needs now; never waits unless something is due."""
    try:
        if node.link is not None:
            _listen(node, node.link)
    except connecting.trouble() as error:
        from baysense import failing

        failing.lose(node, error)
    if node.report_due():
        sensing.catch_up(node)
        stages.remember(node, False)
        delivering.report(node)


def _listen(node: "Node", link: "Uplink") -> None:
    messages = link.heard()
    if messages:
        from baysense import commands

        for leaf, payload, retain in commands.carry_out(node, messages):
            link.publish(leaf, payload, retain)
    if node.reconnect:  # before a report: that one belongs to the new connection
        connecting.disconnect(node)
