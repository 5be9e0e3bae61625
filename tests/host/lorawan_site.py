"""A network server, its gateways and one device of pamoja's on an air, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from baysense_host.virtual.air.air import Air
from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.air.emission import Emission
from baysense_host.virtual.air.gateway import Gateway
from baysense_host.virtual.clock import Clock
from baysense_host.virtual.lorawan.device import Session
from baysense_host.virtual.lorawan.policy import Policy
from baysense_host.virtual.lorawan.region import Region
from baysense_host.virtual.lorawan.server import NetworkServer
from baysense_host.virtual.lorawan.uplinks import AppUplink
from frame_oracle import FrameWitness
from pamoja_node import PamojaNode

DEV_EUI, JOIN_EUI = "70b3d57ed0001234", "0000000000000001"
APP_KEY = bytes.fromhex("98929b92c49edba9676d646d3b612456")
SECOND_US = 1_000_000


class Site:
    """A server, gateways, one device, and everybody's frames."""

    def __init__(self, gateways: int = 1, region: str = "EU868", policy: Policy | None = None) -> None:
        self.clock = Clock()
        self.air = Air(self.clock, seed=1)
        self.air.path.fading_db = 0.0
        self.witness = FrameWitness()
        self.air.taps.append(self.witness)
        plan = Region(region)
        bands = None if region == "EU868" else []
        self.gateways = [
            Gateway(self.air, f"gateway {number}", self.clock, plan.gateway_hz(), bands) for number in range(gateways)
        ]
        self.server = NetworkServer(self.gateways, self.clock, region, seed=1, policy=policy or Policy(adr=False))
        self.known = self.server.add_device(DEV_EUI, JOIN_EUI, APP_KEY)
        self.node = PamojaNode(self.air, "node", DEV_EUI, JOIN_EUI, APP_KEY, region)
        self.uplinks: list[AppUplink] = []
        self.server.on_uplink(self.uplinks.append)

    def run(self, seconds: float = 20.0) -> None:
        """Let virtual time pass."""
        until_us = self.clock.now_us + round(seconds * SECOND_US)
        while (next_us := self.clock.next_us()) is not None and next_us <= until_us:
            self.clock.step()
        self.clock.now_us = until_us

    def join(self, nonce: int = 1) -> None:
        """Join, and have the first uplink through."""
        self.node.join(nonce)
        self.run()
        self.send()

    def join_somewhere(self) -> None:
        """Join in a region of many channels, of which the gateway hears few; have the first uplink through."""
        nonce = 0
        while not self.node.device.is_joined:
            nonce += 1
            self.node.join(nonce)
            self.run()
        self.send()

    def send(self, payload: bytes = b"x", port: int = 2, confirmed: bool = False) -> None:
        """Send an uplink and wait until both windows have passed."""
        self.node.send(port, payload, confirmed)
        self.run()

    def say(self, data: bytes, freq_hz: int = 868_100_000, sf: int = 7) -> None:
        """Put bytes on the air as an uplink that nobody witnesses, and wait."""
        known = len(self.witness.frames)
        start_us = self.clock.now_us
        end_us = start_us + airtime_us(len(data), sf)
        self.air.emit(Emission("stranger", start_us, end_us, freq_hz, sf, 125, 14.0, False, 0x34, True, data))
        self.run()
        del self.witness.frames[known]

    def block_rx1(self) -> None:
        """Have the gateway refuse what it is first asked to send, from now on: it sends in RX2 only."""
        plan, refused = self.gateways[0].plan, [False]

        def every_second(*args: Any, **kwargs: Any) -> str:
            refused[0] = not refused[0]
            return "COLLISION_PACKET" if refused[0] else plan(*args, **kwargs)

        self.gateways[0].plan = every_second  # type: ignore[method-assign]

    def data_downlinks(self) -> list[bytes]:
        """Return the downlinks that were on the air, but for join-accepts."""
        return [frame for frame, down in self.witness.frames if down and frame[0] >> 5 != 1]

    @property
    def session(self) -> Session:
        """The session in use."""
        assert self.known.session is not None
        return self.known.session


@contextmanager
def judged_site(gateways: int = 1, region: str = "EU868", policy: Policy | None = None) -> Iterator[Site]:
    """Give a site, and at its end lora-packet's word on every frame that was on the air."""
    site = Site(gateways, region, policy)
    yield site
    judged = site.witness.assert_right({DEV_EUI: APP_KEY})
    assert judged.total() == len(site.witness.frames) > 0
