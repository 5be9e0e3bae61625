"""The witness on the air sees what is wrong: lora-packet judges, so none of ours can be wrong alike."""

import re

import pytest
from pamoja import _native as native

from baysense_host.virtual.air.emission import Emission
from frame_oracle import FrameWitness

DEV_EUI, JOIN_EUI, APP_KEY = bytes(range(8)), bytes(8), bytes(range(16))
REQUEST = native.LorawanDevice(DEV_EUI, JOIN_EUI, APP_KEY).join_request(3)
GRANT = native.LorawanGrant(1, 0, 0x0012_3456)
SESSION = GRANT.session(APP_KEY, 3)
ACCEPT = GRANT.accept(APP_KEY, 3)
UP = [SESSION.encode_uplink(fcnt, 1, b"up") for fcnt in (0, 1, 0xFFFF, 0x1_0000)]
DOWN = SESSION.encode_downlink(0, 1, b"down")
FINE = [(REQUEST, False), (ACCEPT, True), *((frame, False) for frame in UP), (UP[-1], False), (DOWN, True)]


def judge(frames: list[tuple[bytes, bool]]) -> list[str]:
    """Return what the witness has to say about a conversation."""
    witness = FrameWitness()
    for number, (frame, down) in enumerate(frames):
        emission = Emission("a", number, number + 1, 868_100_000, 7, 125, 14.0, down, 0x34, not down, frame)
        witness(emission, {})
    wrong, judged = witness.problems({DEV_EUI.hex(): APP_KEY})
    assert judged.total() <= len(frames)
    return wrong


def test_a_right_conversation_passes() -> None:
    assert judge(FINE) == []


@pytest.mark.parametrize(
    ("frame", "down", "said"),
    [
        (UP[3][:-1] + b"?", False, "used before"),
        (SESSION.encode_uplink(0x1_0001, 1, b"x")[:-1] + b"?", False, "wrong MIC"),
        (UP[1], False, "wrong MIC"),  # an old counter
        (SESSION.encode_uplink(0x1_0000, 1, b"other"), False, "used before"),
        (DOWN, False, "type 3 as uplink"),
        (UP[0], True, "type 2 as downlink"),
        (native.LorawanSession(7, APP_KEY, APP_KEY).encode_uplink(0, 1, b""), False, "never granted"),
        (REQUEST, False, "DevNonce 3 .* used before"),
        (REQUEST[:17] + b"\4\0" + REQUEST[19:], False, "wrong MIC"),
        (ACCEPT[:-1] + b"?", True, "for nobody"),
        (b"\xe0" + UP[0][1:], False, "type 7"),
    ],
)
def test_a_wrong_frame_is_named(frame: bytes, down: bool, said: str) -> None:
    wrong = judge([*FINE, (frame, down)])
    assert len(wrong) == 1
    assert wrong[0].startswith(frame.hex())
    assert re.search(said, wrong[0])
