"""The connection to the broker: Wi-Fi, the time, TLS, MQTT, opened in this order and closed as a whole."""

from micropython import const

from baysense import delivering
from baysense.core import topics

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from baysense.node import Node

_MOST = const(11)  # messages at a time, more than core.ratelimit lets through; a broker keeps 1000 of them


class Uplink:
    """An open connection, what it was opened with and when, in device time.

    `last_word`: what the broker says of the node when it vanishes, and the node itself when it leaves; empty for one
    that sleeps most of the time.
    """

    def __init__(self, node: "Node", config: dict, last_word: bytes) -> None:
        """Connect; raise what says why not, with the radio off again."""
        self.config = config
        self._station = node.board.wifi()
        self.last_word = last_word
        self.opened_s = 0  # not yet
        try:
            self._join(node)
            self._log_in(node)
            self.opened_s = max(1, node.clock_s())
        finally:
            if not self.opened_s:
                self._switch_off()

    def topic(self, leaf: str) -> str:
        """Return one of this device's topics."""
        return topics.topic(self.config["mqtt_base"], self.config["dev_eui"], leaf)

    def publish(self, leaf: str, payload: bytes, retain: bool) -> None:
        """Publish on one of this device's topics; raise OSError when it is not acknowledged."""
        self.broker.publish(self.topic(leaf), payload, retain)

    def heard(self) -> list[tuple[str, bytes]]:
        """Return what has come, without waiting: leaf of the topic and payload; "" if too long."""
        messages: list[tuple[str, bytes]] = []
        while len(messages) < _MOST:
            message = self.broker.receive(0)
            if not message:
                break
            for leaf in (topics.COMMAND, topics.DESIRED):
                if message[0] == self.topic(leaf):
                    messages.append((leaf, message[1]))
        if self.broker.oversized:
            self.broker.oversized = False
            messages.append(("", b""))
        return messages

    def close(self) -> None:
        """Say goodbye, and switch the radio off whatever comes of it."""
        try:
            if self.last_word:
                self.publish(topics.STATUS, self.last_word, True)
            self.broker.close()
        finally:
            self._switch_off()

    def drop(self) -> None:
        """Switch the radio off: the connection is lost already."""
        self.broker.abandon()
        self._switch_off()

    def _join(self, node: "Node") -> None:
        from baysense.net import wifi

        config = self.config
        address = (config["ip_address"], config["ip_gateway"], config["ip_dns"]) if config["ip_address"] else None
        node.recall.hint = wifi.connect(self._station, config["networks"], address, node.recall.hint)
        node.feed()

    def _log_in(self, node: "Node") -> None:
        config = self.config
        wrap = _tls(node, config) if config["mqtt_tls"] else None
        delivering.unload_network()
        from baysense.net.mqtt import Mqtt

        self.broker = Mqtt(
            config["mqtt_host"],
            config["mqtt_port"],
            "baysense-" + config["eui"],
            config["mqtt_user"],
            config["mqtt_password"],
            wrap=wrap,
            will=(self.topic(topics.STATUS), self.last_word) if self.last_word else None,
            feed=node.feed,
        )
        if wrap:
            from baysense import timekeeping

            timekeeping.raise_floor(node)
        # The broker keeps what comes there while we sleep.
        self.broker.subscribe(self.topic(topics.COMMAND), self.topic(topics.DESIRED))

    def _switch_off(self) -> None:
        from baysense.net import wifi

        wifi.off(self._station)


def _tls(node: "Node", config: dict) -> "Callable[[socket.socket], socket.socket]":
    """Return what turns a connected socket into a TLS one; set the clock, by which certificates are judged."""
    from baysense import timekeeping
    from baysense.net import tls

    timekeeping.set_clock(node, config["ntp_host"])
    name = config["mqtt_server_name"] or config["mqtt_host"]
    return lambda raw: tls.wrap(raw, name, *config["credentials"])
