"""A subscriber at the broker that stamps every message with the virtual time of its arrival."""

import asyncio
import queue
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiomqtt import Client, MqttError, Topic

from baysense_host.errors import ToolError
from baysense_host.virtual.net import latency
from baysense_host.virtual.net.mqtt_tap import Published
from baysense_host.virtual.net.network import VirtualNetwork

_START_S = 10.0
_POLL_S = 0.01


@dataclass(frozen=True)
class Message:
    """One message as a subscriber got it; the time is virtual [µs]."""

    t_us: int
    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True)
class _Raw:
    topic: str
    payload: bytes
    retained: bool


class Listener:
    """Subscribe and collect, in a thread of its own."""

    def __init__(
        self,
        network: VirtualNetwork,
        address: tuple[str, int],
        now_us: Callable[[], int],
        topics: tuple[str, ...] = ("baysense/#",),
        username: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.messages: list[Message] = []
        self._address, self._now_us, self._topics = address, now_us, topics
        self._username, self._password, self._tls = username, password, tls
        self._raw: queue.SimpleQueue[_Raw] = queue.SimpleQueue()
        self._expected: dict[str, deque[int]] = defaultdict(deque)
        self._early: dict[str, int] = {}  # what came, over TLS, before it was known to be sent; by topic
        self._ready = threading.Event()
        self._error: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="mqtt-listener", daemon=True)
        network.on_published(self._expect)

    def start(self) -> None:
        """Connect, subscribe and begin to collect."""
        self._thread.start()
        if not self._ready.wait(_START_S) or self._error is not None:
            host, port = self._address
            raise ToolError(
                f"Could not connect to the MQTT broker {host}:{port}: {self._error or 'no answer'}.",
                "Check that the broker runs and accepts this login.",
            ) from self._error

    def stop(self) -> None:
        """Take what is there and end; a second call does nothing."""
        self.collect()
        if self._loop is not None and self._task is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(_START_S)

    @property
    def behind(self) -> bool:
        """Say whether messages the boards have published are still on their way here."""
        return any(self._expected.values())

    def settle(self) -> None:
        """Wait until all that the boards have published is here, at most two seconds of wall time."""
        end_s = time.monotonic() + latency.HOLD_S
        self.collect()
        while self.behind and (left_s := end_s - time.monotonic()) > 0:
            try:
                self._take([self._raw.get(timeout=min(left_s, _POLL_S))])
            except queue.Empty:
                continue
        self._expected.clear()  # what did not come is lost, refused by the broker perhaps

    def collect(self) -> None:
        """Take what has arrived, without waiting."""
        fresh: list[_Raw] = []
        while not self._raw.empty():
            fresh.append(self._raw.get())
        self._take(fresh)

    def _expect(self, message: Published) -> None:
        if message.up and any(Topic(message.topic).matches(topic) for topic in self._topics):
            t_us = message.t_us + latency.ONE_WAY_US
            early = self._early.pop(message.topic, None)
            if early is not None and self.messages[early].t_us >= message.t_us:
                self.messages[early] = replace(self.messages[early], t_us=t_us)
            else:
                self._expected[message.topic].append(t_us)

    def _take(self, fresh: list[_Raw]) -> None:
        for raw in fresh:
            times = self._expected.get(raw.topic)
            if times and not raw.retained:
                t_us = times.popleft()
            else:
                t_us = self._now_us()
                if not raw.retained:
                    self._early[raw.topic] = len(self.messages)
            self.messages.append(Message(t_us, raw.topic, raw.payload, raw.retained))

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except asyncio.CancelledError:
            return  # stop()
        except (MqttError, OSError) as error:
            self._error = error
        finally:
            self._ready.set()

    async def _listen(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        host, port = self._address
        login = Client(host, port, username=self._username, password=self._password, tls_context=self._tls)
        async with login as client:
            for topic in self._topics:
                await client.subscribe(topic, qos=1)
            self._ready.set()
            async for message in client.messages:
                payload = message.payload if isinstance(message.payload, bytes) else b""
                self._raw.put(_Raw(str(message.topic), payload, message.retain))
