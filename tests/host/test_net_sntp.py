"""The device asks for the time: what it believes and what it does not."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from net_device import Device

TO_2000_S = 3_155_673_600  # NTP counts from 1900, the device from 2000
NOW_S = 849_000_000  # a day in 2026
PROGRAM = """
from baysense.net import sntp
sntp._PORT = ARGUMENTS["port"]
try:
    say(sntp.ask("127.0.0.1", 400))
except OSError as error:
    say(str(error))
"""

Answer = Callable[[bytes], list[bytes]]


def packet(
    request: bytes, seconds: int = NOW_S + TO_2000_S, fraction: int = 0, first: int = 0x24, stratum: int = 2
) -> bytes:
    """Return a server's answer (RFC 4330 section 4)."""
    head = struct.pack(">BBBb", first, stratum, 6, -20)
    return head + bytes(20) + request[40:48] + bytes(8) + struct.pack(">II", seconds & 0xFFFFFFFF, fraction)


@contextmanager
def server(answer: Answer) -> Iterator[int]:
    """Answer requests by UDP; yield the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(10)

        def serve() -> None:
            request, peer = sock.recvfrom(512)
            assert len(request) == 48
            assert request[0] == 0x23
            for reply in answer(request):
                sock.sendto(reply, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield sock.getsockname()[1]
        thread.join()


def ask(folder: Path, answer: Answer) -> object:
    """Return what the device makes of an answer: seconds or a sentence."""
    with server(answer) as port:
        said = Device(folder).run(PROGRAM, port=port)
    return said[0][0]


def test_time_counts_from_2000(tmp_path: Path) -> None:
    """Return the device's seconds, rounded."""
    assert ask(tmp_path / "a", lambda request: [packet(request)]) == NOW_S
    assert ask(tmp_path / "b", lambda request: [packet(request, fraction=0x80000000)]) == NOW_S + 1


def test_counter_may_turn_over(tmp_path: Path) -> None:
    """Go on counting after February 2036."""
    later_s = 1_150_000_000
    assert later_s + TO_2000_S > 1 << 32
    assert ask(tmp_path / "a", lambda request: [packet(request, later_s + TO_2000_S)]) == later_s


def test_only_the_answer_to_this_question_counts(tmp_path: Path) -> None:
    """Pass over what repeats another nonce or is too short, and wait for the right one."""
    lie = bytes(48)
    replies = lambda request: [packet(lie, 5), packet(request)[:47], b"", packet(request)]  # noqa: E731
    assert ask(tmp_path / "a", replies) == NOW_S


@pytest.mark.parametrize(
    "odd",
    [{"stratum": 0}, {"stratum": 16}, {"first": 0xE4}, {"first": 0x23}, {"seconds": 0}],
    ids=["kiss of death", "unsynchronised stratum", "leap indicator", "client's mode", "no time"],
)
def test_useless_answer_is_refused(tmp_path: Path, odd: dict[str, int]) -> None:
    """Say that the server does not know the time."""
    assert "does not know the time" in str(ask(tmp_path / "a", lambda request: [packet(request, **odd)]))


def test_unknown_server_is_named(tmp_path: Path) -> None:
    """Say which name nobody knows."""
    answer = Device(tmp_path / "a").run(PROGRAM.replace("127.0.0.1", "time.invalid"), port=123)
    assert "time.invalid" in answer[0][0]


@pytest.mark.parametrize("replies", [[], [bytes(48)]], ids=["silent", "not to us"])
def test_silence_ends_in_an_error(tmp_path: Path, replies: list[bytes]) -> None:
    """Give up within the bound."""
    assert "no answer" in str(ask(tmp_path / "a", lambda request: replies))
