"""The pump between a tool's port and the node's terminal, with this process at both ends."""

import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from baysense_host.errors import ToolError
from baysense_host.virtual.terminal import Terminal


class Rig:
    """A terminal, the node's end of it, and what was noticed."""

    def __init__(self, link: Path) -> None:
        self.printed = bytearray()
        self.inputs = 0
        self.terminal = Terminal(link, self.printed.extend, self._input)
        self.node = self.terminal.new_node_side()

    def _input(self) -> None:
        self.inputs += 1

    def pump(self) -> None:
        """Carry what there is."""
        while select.select(self.terminal.fds(), [], [], 0.003)[0]:
            self.terminal.on_readable(self.terminal.fds()[0])

    def open(self) -> serial.Serial:
        """Open the port as a tool does."""
        return serial.Serial(self.terminal.path, timeout=2)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "port")
    yield rig
    os.close(rig.node)
    rig.terminal.close()


def test_bytes_go_both_ways(rig: Rig) -> None:
    with rig.open() as tool:
        os.write(rig.node, b"out")
        tool.write(b"in")
        rig.pump()
        assert tool.read(3) == b"out"
        assert os.read(rig.node, 10) == b"in"
    assert bytes(rig.printed) == b"out"
    assert rig.inputs == 1


def test_typed_by_the_supervisor(rig: Rig) -> None:
    rig.terminal.write_to_node(b"hello")
    assert os.read(rig.node, 10) == b"hello"
    assert rig.inputs == 1


def test_output_without_a_tool_reaches_the_tap_and_no_later_tool(rig: Rig) -> None:
    os.write(rig.node, b"early")
    rig.pump()
    with rig.open() as tool:
        os.write(rig.node, b"late")
        rig.pump()
        assert tool.read(4) == b"late"
        assert tool.in_waiting == 0
    assert bytes(rig.printed) == b"earlylate"


def test_next_tool_does_not_see_what_the_last_left_unread(rig: Rig) -> None:
    port = os.open(rig.terminal.path, os.O_RDWR | os.O_NOCTTY)
    for _ in range(30):
        os.write(rig.node, b"x" * 1000)
        rig.pump()
    os.close(port)
    rig.pump()
    port = os.open(rig.terminal.path, os.O_RDWR | os.O_NOCTTY)
    os.write(rig.node, b"new")
    rig.pump()
    assert os.read(port, 100) == b"new"
    os.close(port)


def test_tool_that_does_not_read_loses_the_oldest(rig: Rig) -> None:
    port = os.open(rig.terminal.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    for number in range(40000):
        os.write(rig.node, b"%06d " % number)
        if number % 100 == 0:
            rig.pump()
    rig.pump()
    assert len(rig.printed) == 280000
    seen = b""
    while True:
        try:
            seen += os.read(port, 65536)
        except BlockingIOError:
            before = len(seen)
            rig.pump()
            if not select.select([port], [], [], 0.05)[0]:
                break
            assert before <= len(seen)
    os.close(port)
    assert seen.startswith(b"000000 ")
    assert seen.endswith(b"039999 ")
    assert 65536 < len(seen) < 200000


def test_everything_printed_before_is_there_after_drain(rig: Rig) -> None:
    for number in range(200):
        os.write(rig.node, b"%d;" % number)
        rig.terminal.drain()
        assert rig.printed.endswith(b"%d;" % number)


def test_input_before_the_next_boot_waits_and_to_a_sleeper_is_lost(rig: Rig) -> None:
    with rig.open() as tool:
        rig.terminal.close_node_side()
        tool.write(b"lost")
        rig.pump()
        os.close(rig.node)
        rig.node = rig.terminal.new_node_side()
        os.close(rig.node)  # the interpreter ends by itself: a soft reset
        rig.pump()
        tool.write(b"kept")
        rig.pump()
        rig.node = rig.terminal.new_node_side()
        assert os.read(rig.node, 10) == b"kept"


def test_native_usb_port_vanishes_and_comes_back(rig: Rig) -> None:
    path = rig.terminal.path
    with rig.open() as tool:
        rig.terminal.drop()
        assert not os.path.lexists(path)
        assert rig.terminal.dropped
        assert rig.terminal.path == ""
        with pytest.raises(serial.SerialException):
            tool.read(1)
    rig.terminal.restore()
    with rig.open() as tool:
        os.write(rig.node, b"back")
        rig.pump()
        assert tool.read(4) == b"back"


def test_a_link_to_another_live_port_is_refused_and_left_alone(rig: Rig, tmp_path: Path) -> None:
    link = tmp_path / "port"
    theirs = os.readlink(link)
    with pytest.raises(ToolError, match=f"in use: it leads to {theirs}"):
        Terminal(link)
    assert os.readlink(link) == theirs


def test_a_link_left_behind_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "port"
    link.symlink_to(tmp_path / "gone")
    terminal = Terminal(link)
    assert link.exists()
    terminal.close()
    assert not link.is_symlink()


def test_a_link_that_somebody_else_has_taken_over_stays(tmp_path: Path) -> None:
    link = tmp_path / "port"
    terminal = Terminal(link)
    link.unlink()
    link.symlink_to(tmp_path)
    terminal.close()
    assert link.readlink() == tmp_path


def test_a_file_in_the_place_of_the_port_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("mine")
    with pytest.raises(ToolError, match="not a link"):
        Terminal(tmp_path / "port")
    assert (tmp_path / "port").read_text() == "mine"
