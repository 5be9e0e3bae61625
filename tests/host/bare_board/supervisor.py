"""A board with a terminal, flash and a REPL, and nothing else: `supervisor.py PORT FLASH`.

Starts an interpreter again and again as a soft reset does. Prints the interpreter's pid at each boot.
"""

import os
import select
import shutil
import socket
import sys
from pathlib import Path

from baysense_host.virtual.compiler import compile_file
from baysense_host.virtual.image import cache_dir, compile_shims
from baysense_host.virtual.launcher import Launcher
from baysense_host.virtual.terminal import Terminal

HEAP_KIB = 112
SOFT_RESET_RAW = 50
NEEDED = ("boot", "console", "flash", "flash_cut", "heap", "line", "machine_name", "modules", "os", "repl", "setup")


def bare_shims(folder: Path) -> Path:
    """Compile the shims that need no supervisor, with a stand-in for the link."""
    complete = compile_shims(cache_dir())
    folder.mkdir()
    for name in NEEDED:
        for path in complete.glob(f"vb_{name}.*"):
            shutil.copy(path, folder)
    compile_file(Path(__file__).with_name("vb_link.py"), "shims/vb_link.py", folder / "vb_link.mpy")
    return folder


class BareBoard:
    """One board that is always on."""

    def __init__(self, port: Path, flash: Path) -> None:
        if not flash.exists():
            flash.write_bytes(b"\xff" * 2 * 1024 * 1024)
        self.flash = flash
        self.shims = bare_shims(flash.with_suffix(".shims"))
        self.launcher = Launcher()
        self.terminal = Terminal(port)
        self.pid = 0

    def boot(self, raw: bool) -> None:
        """Start an interpreter."""
        env = {
            "VB_FLASH": str(self.flash),
            "VB_BLOCKS": str(self.flash.stat().st_size // 4096),
            "VB_SHIMS": str(self.shims),
            "VB_HEAP_KIB": str(HEAP_KIB),
            "VB_NAME_POOLS": "7",
            "VB_RAW": "1" if raw else "0",
            "VB_BOARD": "BARE",
            "VB_SOC": "esp32",
        }
        node = self.terminal.new_node_side()
        ours, theirs = socket.socketpair()
        self.pid = self.launcher.start(node, theirs.fileno(), env, HEAP_KIB, str(self.shims / "vb_boot.py"))
        for end in (ours, theirs):
            end.close()
        os.close(node)
        print(self.pid, flush=True)

    def run(self) -> None:
        """Carry bytes and follow up exits, for ever."""
        poller = select.poll()
        for fd in (self.launcher.fd, *self.terminal.fds()):
            poller.register(fd, select.POLLIN)
        self.boot(raw=False)
        while True:
            for fd, _ in poller.poll():
                if fd != self.launcher.fd:
                    self.terminal.on_readable(fd)
            for _, code in self.launcher.exits():
                self.terminal.drain()
                self.boot(raw=code == SOFT_RESET_RAW)


if __name__ == "__main__":
    BareBoard(Path(sys.argv[1]), Path(sys.argv[2])).run()
