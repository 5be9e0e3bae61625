"""Whatever the air brings: no exception, and no change without a valid MIC."""

import gc
import sys

from air_bench import KEYS, Bench
from baysense.lorawan.joining import Joining
from baysense.lorawan.mac import Result
from baysense.lorawan.session import Session

FAST = sys.implementation.name == "micropython"
COUNT = 10_000 if FAST else 600


class Chance:
    """The same numbers on every interpreter."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, n: int) -> int:
        self._state = (self._state * 0x41C64E6D + 12345) & 0x7FFFFFFF
        return (self._state >> 8) % n

    def bytes(self, size: int) -> bytes:
        return bytes([self.below(256) for _ in range(size)])


def mutated(frame: bytes, chance: Chance) -> bytes:
    """Return a frame with one thing wrong."""
    kind = chance.below(5)
    if kind == 0:
        return chance.bytes(chance.below(60))
    if kind == 1:
        return frame[: chance.below(len(frame))]
    if kind == 2:
        return frame + chance.bytes(1 + chance.below(200))
    if kind == 3:
        return frame[:1] + chance.bytes(len(frame) - 1)
    at = chance.below(len(frame))
    return frame[:at] + bytes((frame[at] ^ 1 << chance.below(8),)) + frame[at + 1 :]


def test_mutated_downlinks_change_nothing() -> None:
    bench, chance = Bench(), Chance(1)
    mac = bench.join()
    session = mac._session
    before, frame = session.dump() + mac.dump(), b""
    for turn in range(COUNT):
        if turn % 50 == 0:
            options = chance.bytes(chance.below(16))
            fport = None if options else chance.below(256)
            frame = bench.network.frame(options, fport, chance.bytes(chance.below(40)) if fport is not None else b"")
        assert not mac._take(mutated(frame, chance))
        assert session.dump() + mac.dump() == before
    assert mac._take(frame)


def test_mutated_downlinks_in_the_windows() -> None:
    bench, chance = Bench(), Chance(2)
    bench.join()
    saves = bench.store.saves
    for _ in range(60):
        bench.network.say_bytes(mutated(bench.network.frame(b"\x06", 2, b"hello", fcnt=0), chance))
        result = bench.send()
        assert result.downlink is None and not result.more
    assert bench.store.saves == saves


def test_mutated_join_accepts_let_nobody_in() -> None:
    bench, chance = Bench(), Chance(3)
    bench.network.deaf = True
    bench.mac.join()
    bench.network.cflist = chance.bytes(15) + b"\x00"
    frame = bench.network._accept(bench.network.requests[0])
    joining = Joining(KEYS, bench.mac._session, bytes(11), 0)
    for _ in range(COUNT // 4):
        assert not joining.take(mutated(frame, chance))
    assert not bench.mac.joined and joining.take(frame)


def test_any_cflist_leaves_a_device_that_can_send() -> None:
    for region in ("EU868", "US915", "AU915", "IN865"):
        for seed in range(20):
            bench, chance = Bench(region), Chance(seed)
            bench.network.cflist = chance.bytes(15) + bytes((chance.below(3),))
            bench.join()
            assert bench.waiting(bench.mac.send, None, b"").fcnt_up == 0


def test_any_commands_with_a_valid_mic_leave_a_device_that_can_send() -> None:
    """Random commands, mostly with a known identifier, in every region; state stays storable, memory stays."""
    for region in ("EU868", "US915", "AU915", "IN865"):
        bench, chance = Bench(region), Chance(4)
        mac = bench.join()
        free = 0
        for turn in range(COUNT // 20):
            commands = b""
            while len(commands) < 15 and chance.below(4):
                commands += bytes((chance.below(14) if chance.below(9) else chance.below(256),))
                commands += chance.bytes(chance.below(6))
            assert mac._take(bench.network.frame(b"", 0, commands))
            mac._accept(mac._heard, chance.below(2) == 1, Result(0))
            bench.waiting(mac.send, None, b"")
            assert len(mac.dump()) <= 64 and mac.max_payload() >= 0
            session = mac._session
            again = Session(session.region, type(session.channels)(session.region, 0), session._check)
            assert again.load(session.dump()) and again.dump() == session.dump()
            del bench.radio.frames[:], bench.radio.windows[:], bench.network.uplinks[:]
            if FAST and turn in (100, COUNT // 20 - 1):
                gc.collect()
                assert not free or gc.mem_free() > free - 2_000
                free = gc.mem_free()
