"""The JSON-RPC methods of the node, the same over every channel; each is loaded when it is called."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from baysense.node import Node


def table(node: "Node", far: bool = False) -> dict:
    """Return the methods: name -> function(params); `far`: whoever calls is not at the device."""
    return {
        "info": lambda params: _from("inspecting").info(node),
        "config": lambda params: _from("configuring").config(node, params, far),
        "sensor.read": lambda params: _from("inspecting").read_sensor(node),
        "selftest": lambda params: _from("selftest").run(node),
        "heartbeat": lambda params: _from("configuring").report_at_once(node),
        "log": lambda params: _from("inspecting").log(node),
        "credential": lambda params: _from("configuring").credential(node, params, far),
        "reboot": lambda params: _from("endings").ask(node, "restart"),
        "factory-reset": lambda params: _from("endings").ask(node, "factory-reset", params),
        "decommission": lambda params: _from("endings").ask(node, "decommission", params),
    }


def _from(name: str) -> "Any":
    return __import__("baysense." + name, None, None, (name,))
