"""The whole firmware over LoRaWAN: a node on a virtual board, the air, a gateway, a network server and its desk.

Whatever crossed the air while a bench was open is judged at its end: every frame is right to lora-packet, no nonce
and no counter was used twice, no hour held more air time than the law allows. And nobody commanded the radio as its
datasheet forbids.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baysense_host.lorawan.decode import decode
from baysense_host.lorawan.receiver import BayEvent, Receiver
from baysense_host.virtual.air import Air, Emission
from baysense_host.virtual.air.subband import eu868_bands
from baysense_host.virtual.lorawan.desk import Desk
from baysense_host.virtual.lorawan.uplinks import AppUplink
from baysense_host.virtual.options import DEFAULT_BOARD
from frame_oracle import FrameWitness
from node_bench import NodeBench, Plan

CHANGE_PORT, HEARTBEAT_PORT, STATUS_PORT, COMMAND_PORT = 1, 2, 3, 10
JOIN_REQUEST, UNCONFIRMED, CONFIRMED = 0, 2, 4
_KINDS = {JOIN_REQUEST: "join", UNCONFIRMED: "unconfirmed", CONFIRMED: "confirmed"}


@dataclass(frozen=True)
class Sent:
    """One frame that the node sent, and whether the gateway got it."""

    t_s: float
    kind: str
    emission: Emission
    arrived: bool

    @property
    def fcnt(self) -> int:
        return int.from_bytes(self.emission.data[6:8], "little")


class LoraBench(NodeBench):
    """A node with a radio, and everything that becomes of what it sends."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        node = self.node
        self.desk.register(node.dev_eui, node.join_eui, node.app_key, node.name)
        self.device = self.desk.server.device(node.dev_eui)
        self.was_broken = False

    def _make_air(self) -> Air:
        self.desk = Desk(self.simulation.clock, 1)
        self.air, self.gateway, self.server = self.desk.air, self.desk.gateway, self.desk.server
        self.air.path.fading_db = 0.0
        self.witness = FrameWitness()
        self.frames: list[Sent] = []
        self.uplinks: list[AppUplink] = []
        self.air.taps.extend((self.witness, self._note))
        self.server.on_uplink(self.uplinks.append)
        return self.air

    @property
    def receiver(self) -> Receiver:
        """The application's history of the bay."""
        return self.desk.receivers[self.node.dev_eui]

    @property
    def history(self) -> list[BayEvent]:
        """Every event the application knows of."""
        return self.receiver.events

    @property
    def radio(self) -> Any:
        """The model of the board's radio chip."""
        return next(chip for name, chip in self.board.wiring.chips.items() if name.startswith("sx12"))

    def known(self) -> list[str]:
        """Return every state of the bay that the application knows of, oldest first."""
        return [event.state for event in self.history if event.type in ("change", "swap")]

    def sent_frames(self, kind: str | None = None) -> list[Sent]:
        """Return the frames that the node sent, of one kind or all."""
        return [frame for frame in self.frames if kind in (None, frame.kind)]

    def frame_at(self, t_s: float) -> Sent:
        """Return the frame that began then."""
        return next(frame for frame in self.frames if frame.t_s == t_s)

    def told_on(self, fport: int) -> list[dict[str, Any]]:
        """Return what the network got on a port, decoded."""
        return [dict(decode(up.fport, up.payload)) for up in self.uplinks if up.fport == fport]

    def messages(self, leaf: str) -> list[dict[str, Any]]:
        """Return what the application was told, in the order of its arrival."""
        return [json.loads(each.payload) for each in self.desk.messages if each.topic.endswith("/" + leaf)]

    def command(self, payload: bytes) -> None:
        """Queue a command of FPort 10."""
        self.server.queue_downlink(self.node.dev_eui, COMMAND_PORT, payload)

    def shadow(self, more_db: float) -> None:
        """Change the loss between node and gateway [dB]."""
        self.air.path.set(self.node.name, self.gateway.name, more_db)

    def pending(self) -> int:
        """Return how many events wait in the journal, as somebody at the console reads."""
        self.press()
        return int(self.ask("log")["unsent"])

    def faults(self) -> set[str]:
        """Return the faults that the node tells of when somebody presses its button."""
        self.press()
        return set(self.told("ready")[-1]["faults"])

    def radio_log(self, state: str) -> list[tuple[float, dict[str, Any]]]:
        """Return when the radio was in a state [s]: tx, rx or sleep."""
        return [(t_s, fields) for t_s, kind, fields in self.diary if kind == "radio" and fields["state"] == state]

    def break_radio(self, switch: str, now: bool = True) -> None:
        """Break the radio, or mend it: absent, busy_stuck or tcxo_fault. Nobody can command a broken one rightly."""
        self.was_broken = True
        setattr(self.radio, switch, now)
        if switch == "absent":
            self.radio.power(not now)

    def judge(self) -> None:
        """Have every frame checked, and the radio's complaints."""
        misuses = [fields["what"] for _, kind, fields in self.diary if kind == "radio_misuse"]
        assert not misuses or self.was_broken, misuses
        assert not self._unlawful(), "more air time in an hour than the law allows"
        if self.witness.frames:
            self.witness.assert_right({self.node.dev_eui: self.device.app_key})

    def _unlawful(self) -> list[Sent]:
        """Return the frames that their sub-band had no air time for any more."""
        bands, found = eu868_bands(), []
        for frame in self.frames:
            emission = frame.emission
            airtime_us = emission.end_us - emission.start_us
            (band,) = (each for each in bands if each.holds(emission.freq_hz))
            if not band.allows(emission.start_us, airtime_us):
                found.append(frame)
            band.sent.append((emission.start_us, airtime_us))
        return found

    def _note(self, emission: Emission, outcomes: Mapping[str, str]) -> None:
        if not emission.inverted_iq:
            kind = _KINDS[emission.data[0] >> 5]
            arrived = outcomes.get(self.gateway.name) == "received"
            self.frames.append(Sent(emission.start_us / 1e6, kind, emission, arrived))


@contextmanager
def lora_bench(
    folder: Path,
    make: str = DEFAULT_BOARD,
    prepare: Callable[[LoraBench], None] = lambda bench: None,
    **settings: Any,
) -> Iterator[LoraBench]:
    """Put a node in place, switch it on, and judge its frames at the end."""
    bench = LoraBench(Plan(folder, None, make, settings={"uplink": "lorawan"} | settings))
    try:
        prepare(bench)
        bench.board.power_on()
        yield bench
        bench.judge()
    finally:
        bench.close()
