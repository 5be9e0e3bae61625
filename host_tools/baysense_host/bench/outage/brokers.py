"""The brokers of the campaign: the right one, one that refuses the login, one that is somebody else's."""

from contextlib import ExitStack
from pathlib import Path

from baysense_host.virtual.net.certificates import Authority
from baysense_host.virtual.net.mosquitto import Mosquitto

NAME, PORT = "broker.kerb", 8883


class Brokers:
    """Three of Debian's mosquitto, and what a device needs to log in to the first of them."""

    def __init__(self, folder: Path) -> None:
        ours, theirs = Authority(), Authority("Somebody else")
        server = ours.server(NAME)
        self.right = Mosquitto(folder / "right", server, ours, persistence=True)
        self.refusing = Mosquitto(folder / "refusing", server, users={"somebody": "else"})
        self.foreign = Mosquitto(folder / "foreign", theirs.server(NAME))
        login = ours.client("bay-1")
        self.credentials = {"ca": ours.der, "cert": login.der, "key": login.key_der}
        self._running = ExitStack()

    def __enter__(self) -> "Brokers":
        """Start all."""
        for broker in (self.right, self.refusing, self.foreign):
            self._running.enter_context(broker)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all."""
        self._running.close()
