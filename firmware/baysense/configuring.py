"""Set the device up: settings, certificates and keys."""

from binascii import a2b_base64

from micropython import const

from baysense import stages
from baysense.core import config as settings
from baysense.provision.rpc import RpcError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_CUT_OFF = " at the console, it would cut this device off from the network"


def config(node: "Node", params: dict, far: bool = False) -> dict:
    """Change settings, all or none, and return what is stored now; secrets show as set or not."""
    before = stages.config(node)
    if far:
        _check_reachable(node, params)
    if params:
        stages.configure(node, params)
    if stages.config(node) != before:
        node.recall.adopt(stages.config(node))
        _show(node)
        if node.detector is not None:
            from baysense import sensing

            sensing.begin(node, stages.config(node))
    return {"config": settings.public(stages.config(node)), "hash": settings.digest(stages.config(node))}


def credential(node: "Node", params: dict, far: bool = False) -> dict:
    """Take a piece of a certificate or key in DER: name, offset, data in base64, and size and CRC32 of the whole.

    Without data the credential is removed. Returns what is stored then, as its hash; a key never shows.
    """
    from baysense.storage import credentials

    try:
        name = params["name"]
        if "data" in params:
            data = a2b_base64(params["data"])
            stored = credentials.write(node.root, name, params["offset"], data, params["size"], params["crc32"])
        else:
            if far and name == "ca" and stages.config(node)["mqtt_tls"]:
                raise settings.ConfigError("ca", "needed by mqtt_tls, remove it" + _CUT_OFF)
            credentials.remove(node.root, name)
            stored = True
    except (KeyError, TypeError):
        raise RpcError("needs name, and to store: offset, data, size, crc32")
    if stored:
        _show(node)
    return {"stored": stored, "hash": credentials.digest(node.root)}


def _check_reachable(node: "Node", changes: dict) -> None:
    """Refuse what would cut the device off from whoever asks for it: from there nobody could take it back."""
    if changes.get("uplink") == "none":
        raise settings.ConfigError("uplink", "set none" + _CUT_OFF)
    if changes.get("mqtt_tls") and not stages.credentials(node)[0]:
        raise settings.ConfigError("mqtt_tls", "no CA is stored: store it first, or set this" + _CUT_OFF)


def report_at_once(node: "Node") -> dict:
    """Let the next report come at once, whatever was put off."""
    node.recall.retry_due_s = 0
    node.recall.heartbeat_due_s = node.clock_s()
    return {}


def _show(node: "Node") -> None:
    """Let new settings show at once, and what was refused under the old ones be tried again."""
    report_at_once(node)
    node.reconnect = True
