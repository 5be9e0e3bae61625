"""The receiver that everything is judged by: a persistent QoS 1 session that survives its broker's restarts."""

import asyncio
import logging
import queue
import secrets
import threading
import time
from dataclasses import dataclass

from aiomqtt import Client, MqttError

from baysense_host.errors import ToolError

_QUIET = logging.getLogger("baysense-witness")  # that a broker is killed is no news
_QUIET.setLevel(logging.CRITICAL + 1)
_FENCE = "witness/fence"  # outside the base topic of the nodes
_START_S, _FENCE_S, _AGAIN_S, _WAIT_S = 10.0, 2.0, 0.02, 0.001


@dataclass(frozen=True)
class Heard:
    """One message; `wall_s` is time.monotonic() when it came."""

    wall_s: float
    topic: str
    payload: bytes
    retained: bool


class Witness:
    """Subscribe and collect in a thread of its own; never let go."""

    def __init__(self, address: tuple[str, int], topic: str = "baysense/#") -> None:
        self._address, self._topic = address, topic
        self._name = f"witness-{secrets.token_hex(4)}"  # its session is nobody else's
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._online = threading.Event()
        self._fences = self._passed = 0
        self._client: Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="mqtt-witness", daemon=True)

    def start(self) -> None:
        """Begin; returns when subscribed."""
        self._thread.start()
        self.await_online()

    def await_online(self) -> None:
        """Wait until subscribed, after a restart of the broker for example."""
        if not self._online.wait(_START_S):
            raise ToolError("The witness does not get to the broker.", "Look at mosquitto's log.")

    def await_offline(self) -> None:
        """Wait until it is noticed that the broker is gone."""
        end_s = time.monotonic() + _START_S
        while self._online.is_set() and time.monotonic() < end_s:
            time.sleep(_WAIT_S)

    def stop(self) -> None:
        """End; a second call does nothing."""
        if self._loop is not None and self._task is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(_START_S)

    @property
    def waiting(self) -> bool:
        """Whether something has come that nobody took."""
        return not self._heard.empty()

    def take(self) -> list[Heard]:
        """Return what has come since, without waiting."""
        fresh = []
        while not self._heard.empty():
            fresh.append(self._heard.get())
        return fresh

    def fence(self) -> None:
        """Wait until everything is here that the broker took before this moment; not while it is down."""
        client, loop = self._client, self._loop
        if client is None or loop is None or not self._online.is_set():
            return
        self._fences += 1
        asyncio.run_coroutine_threadsafe(self._mark(client, self._fences), loop)
        end_s = time.monotonic() + _FENCE_S
        while self._passed < self._fences and self._online.is_set() and time.monotonic() < end_s:
            time.sleep(_WAIT_S)

    async def _mark(self, client: Client, number: int) -> None:
        try:
            await client.publish(_FENCE, str(number), qos=1)
        except MqttError:
            return  # the broker has gone meanwhile: `fence` sees that

    def _run(self) -> None:
        try:
            asyncio.run(self._follow())
        except asyncio.CancelledError:
            return  # stop()

    async def _follow(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        while True:
            try:
                await self._listen()
            except MqttError:
                self._online.clear()
                await asyncio.sleep(_AGAIN_S)

    async def _listen(self) -> None:
        host, port = self._address
        async with Client(host, port, identifier=self._name, clean_session=False, logger=_QUIET) as client:
            await client.subscribe([(self._topic, 1), (_FENCE, 1)])
            self._client = client
            self._online.set()
            async for message in client.messages:
                self._hear(str(message.topic), message.payload, message.retain)

    def _hear(self, topic: str, payload: object, retained: bool) -> None:
        content = payload if isinstance(payload, bytes) else b""
        if topic == _FENCE:
            self._passed = max(self._passed, int(content))
        else:
            self._heard.put(Heard(time.monotonic(), topic, content, retained))
