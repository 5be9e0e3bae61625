"""A second opinion on LoRaWAN frames: npm lora-packet in a node process of its own, and a witness on the air.

`oracle()` starts the process once; without node or the module the test is skipped, and says so.
"""

import atexit
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from baysense_host.virtual.air.emission import Emission
from line_process import Answer, LineProcess

_ROOT = Path(__file__).parents[2]
_SCRIPT = _ROOT / "tests" / "javascript" / "frame_oracle.js"
_MODULES = _ROOT / "build" / "javascript" / "node_modules"

_JOIN_REQUEST, _JOIN_ACCEPT = 0, 1
_DATA = {2, 3, 4, 5}
_DOWN = {3, 5}


class FrameOracle(LineProcess):
    """One running node process."""

    def __init__(self) -> None:
        super().__init__(["node", str(_SCRIPT)], NODE_PATH=str(_MODULES))

    def join_request(self, frame: bytes, app_key: bytes) -> Answer:
        """Return what a join-request holds."""
        return self.ask(op="join_request", frame=frame.hex(), app_key=app_key.hex())

    def join_accept(self, frame: bytes, app_key: bytes, dev_nonce: int) -> Answer:
        """Return what a join-accept holds, and the session keys it leads to."""
        return self.ask(op="join_accept", frame=frame.hex(), app_key=app_key.hex(), dev_nonce=f"{dev_nonce:04x}")


def data_question(frame: bytes, nwk_skey: str, app_skey: str, fcnt: int) -> dict[str, object]:
    """Return the question about a data frame."""
    return {"op": "data", "frame": frame.hex(), "nwk_skey": nwk_skey, "app_skey": app_skey, "fcnt": fcnt}


@cache
def _started() -> FrameOracle:
    started = FrameOracle()
    atexit.register(started.close)
    return started


def oracle() -> FrameOracle:
    """Return the running oracle; skip the test where there cannot be one."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: no frame is checked by lora-packet")
    if not (_MODULES / "lora-packet").is_dir():
        pytest.skip("lora-packet is not installed (make test does it): no frame is checked by it")
    return _started()


class _Session:
    """Keys and counters of an activation, as they follow from what was on the air."""

    def __init__(self, accept: Answer) -> None:
        self.nwk_skey, self.app_skey = accept["nwk_skey"], accept["app_skey"]
        self._last: dict[bool, int] = {}
        self._frame: dict[bool, bytes] = {}

    def counter(self, frame: bytes, down: bool) -> int | None:
        """Return a frame's 32-bit counter, None when it was used before for another frame."""
        low = int.from_bytes(frame[6:8], "little")
        last = self._last.get(down)
        if last is None:
            fcnt = low
        else:
            fcnt = last & ~0xFFFF | low
            if fcnt < last:
                fcnt += 0x1_0000
            if fcnt == last and frame != self._frame[down]:
                return None
        self._last[down], self._frame[down] = fcnt, frame
        return fcnt


class FrameWitness:
    """A tap for `Air.taps`: keeps every frame, and has lora-packet judge them all at the end."""

    def __init__(self) -> None:
        self.frames: list[tuple[bytes, bool]] = []  # bytes, and whether it is a downlink

    def __call__(self, emission: Emission, outcomes: Mapping[str, str]) -> None:
        self.frames.append((emission.data, emission.inverted_iq))

    def problems(self, app_keys: Mapping[str, bytes]) -> tuple[list[str], Counter[str]]:
        """Return what is wrong with the frames, and how many of each kind were judged; keys by DevEUI."""
        return _Judgement(oracle(), app_keys).judge(self.frames)

    def assert_right(self, app_keys: Mapping[str, bytes]) -> Counter[str]:
        """Fail on the first wrong frames; return how many of each kind were judged."""
        wrong, judged = self.problems(app_keys)
        assert not wrong, "\n".join(wrong[:10])
        return judged


class _Judgement:
    """Follow a conversation frame by frame: joins lead to keys, keys open the rest."""

    def __init__(self, asked: FrameOracle, app_keys: Mapping[str, bytes]) -> None:
        self._oracle, self._app_keys = asked, app_keys
        self._nonces: dict[str, set[int]] = {}
        self._joining: dict[str, int] = {}  # the last nonce by DevEUI, the latest device at the end
        self._sessions: dict[int, _Session] = {}
        self._data: list[dict[str, object]] = []
        self._wrong: list[str] = []
        self._judged: Counter[str] = Counter()

    def judge(self, frames: Iterable[tuple[bytes, bool]]) -> tuple[list[str], Counter[str]]:
        for frame, down in frames:
            kind = frame[0] >> 5
            if kind == _JOIN_REQUEST and not down:
                self._join_request(frame)
            elif kind == _JOIN_ACCEPT and down:
                self._join_accept(frame)
            elif kind in _DATA and down == (kind in _DOWN):
                self._data_frame(frame, down)
            else:
                self._wrong.append(f"{frame.hex()}: type {kind} as {'down' if down else 'up'}link")
        for question, answer in zip(self._data, self._oracle.ask_all(self._data), strict=True):
            self._expect(str(question["frame"]), answer)
        return self._wrong, self._judged

    def _expect(self, frame: str, answer: Answer) -> None:
        if "error" in answer:
            self._wrong.append(f"{frame}: {answer['error']}")
        elif not answer["mic"]:
            self._wrong.append(f"{frame}: wrong MIC")
        elif answer["again"] != frame:
            self._wrong.append(f"{frame}: lora-packet builds {answer['again']}")

    def _join_request(self, frame: bytes) -> None:
        dev_eui, dev_nonce = frame[16:8:-1].hex(), int.from_bytes(frame[17:19], "little")
        if dev_eui not in self._app_keys:
            self._wrong.append(f"{frame.hex()}: join-request of unknown device {dev_eui}")
            return
        self._judged["join_request"] += 1
        self._expect(frame.hex(), self._oracle.join_request(frame, self._app_keys[dev_eui]))
        used = self._nonces.setdefault(dev_eui, set())
        if dev_nonce in used:
            self._wrong.append(f"{frame.hex()}: DevNonce {dev_nonce} of {dev_eui} was used before")
        used.add(dev_nonce)
        self._joining.pop(dev_eui, None)
        self._joining[dev_eui] = dev_nonce

    def _join_accept(self, frame: bytes) -> None:
        """Find whom an accept is for: the key whose MIC fits."""
        self._judged["join_accept"] += 1
        for dev_eui in reversed(self._joining):  # most often it is for who asked last
            answer = self._oracle.join_accept(frame, self._app_keys[dev_eui], self._joining[dev_eui])
            if answer.get("mic"):
                self._expect(frame.hex(), answer)
                self._sessions[int(answer["dev_addr"], 16)] = _Session(answer)
                del self._joining[dev_eui]
                return
        self._wrong.append(f"{frame.hex()}: join-accept for nobody who asked")

    def _data_frame(self, frame: bytes, down: bool) -> None:
        self._judged["downlink" if down else "uplink"] += 1
        session = self._sessions.get(int.from_bytes(frame[1:5], "little"))
        if session is None:
            self._wrong.append(f"{frame.hex()}: its address was never granted")
            return
        fcnt = session.counter(frame, down)
        if fcnt is None:
            self._wrong.append(f"{frame.hex()}: its counter was used before")
            return
        self._data.append(data_question(frame, session.nwk_skey, session.app_skey, fcnt))
