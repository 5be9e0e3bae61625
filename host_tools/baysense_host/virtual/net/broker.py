"""An MQTT broker inside this process, for demonstrations and tests without a server."""

import asyncio
import logging
import threading
from typing import Any

from baysense_host.errors import ToolError

_START_S = 10.0
_LISTENER = "default"


class EmbeddedBroker:
    """amqtt on a free port of 127.0.0.1, anonymous, in a thread of its own."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="mqtt-broker", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """The real TCP address."""
        return self.host, self.port

    def start(self) -> None:
        """Start and wait until clients can connect."""
        self._thread.start()
        if not self._started.wait(_START_S) or self._error is not None:
            raise ToolError(
                f"The embedded MQTT broker did not start: {self._error or 'no answer'}.",
                "Use a broker of your own.",
            ) from self._error

    def stop(self) -> None:
        """Stop and wait for the end; a second call does nothing."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_START_S)

    def __enter__(self) -> "EmbeddedBroker":
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (OSError, RuntimeError, ValueError) as error:
            self._error = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        from amqtt.errors import BrokerError  # slow to import

        from baysense_host.virtual.net.amqtt_broker import StrictBroker

        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        broker = StrictBroker(_config(self.host))
        try:
            await broker.start()
        except BrokerError as error:
            raise RuntimeError(str(error)) from error
        self.port = _port(broker)
        self._started.set()
        await self._stop.wait()
        await broker.shutdown()


def _config(host: str) -> dict[str, Any]:
    return {
        "listeners": {_LISTENER: {"type": "tcp", "bind": f"{host}:0"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }


def _port(broker: Any) -> int:
    # amqtt has no public way to ask which port the system chose.
    port: int = broker._servers[_LISTENER].instance.sockets[0].getsockname()[1]
    return port
