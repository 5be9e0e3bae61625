"""Start the app of the active slot; a frozen contract: an update replaces /a or /b, never this file.

/slot holds "a" or "b" and nothing else; without it, or when that app does not load, the other one runs.
"""

import os
import sys

import machine

RETRY_S = 60  # pause after a crash, so that a crash loop does not empty the battery
WINDOW_S = 10  # before it, for whoever is connected
FEED_S = 2
LOG_BYTES = 4096

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def slots() -> tuple[str, str]:
    """Return the app folders to try, the active one first."""
    try:
        with open("/slot") as file:
            active = file.read(1)
    except OSError:
        active = "a"
    return ("/b", "/a") if active == "b" else ("/a", "/b")


def load() -> "tuple[ModuleType, ModuleType]":
    """Import board and node from the first slot that has them."""
    failure: Exception | None = None
    for slot in slots():
        sys.path.insert(0, slot)
        try:
            import board

            from baysense import node

            return board, node
        except (ImportError, ValueError) as error:  # ValueError: bytecode of another MicroPython
            failure = failure or error
            sys.path.remove(slot)
            forget()
    raise failure or ImportError("no app")


def forget() -> None:
    """Drop the app's modules."""
    for name in [name for name in sys.modules if name == "board" or name.startswith("baysense")]:
        del sys.modules[name]


def keep(error: Exception) -> None:
    """Show the error and append it to /data/crash.txt, a bounded log."""
    forget()  # the error may be that memory is short
    sys.print_exception(error)
    try:
        size = os.stat("/data/crash.txt")[6]
    except OSError:
        size = 0
    try:
        with open("/data/crash.txt", "w" if size > LOG_BYTES else "a") as file:
            sys.print_exception(error, file)
    except OSError as trouble:
        print("crash not recorded:", trouble)


def linger() -> None:
    """Stay awake for whoever is connected: Ctrl-C ends it."""
    over: list = []
    machine.Timer(0, mode=machine.Timer.ONE_SHOT, period=WINDOW_S * 1000, callback=over.append)
    while not over:
        machine.idle()


def pause(board: "ModuleType | None") -> None:
    """Sleep, then start anew; with the board's pins parked, if it is there and can."""
    try:
        if board:
            board.prepare_sleep()
    finally:
        machine.deepsleep(RETRY_S * 1000)


def hold(node: "ModuleType | None") -> None:
    """Keep feeding the watchdog for whoever pressed Ctrl-C."""
    if node:
        machine.Timer(0, period=FEED_S * 1000, callback=lambda timer: node.feed())


def main() -> None:
    """Run the node; after a crash record it, pause and start again."""
    board = node = None
    machine.Timer(0).deinit()  # boot.py's: from here on the node feeds its watchdog itself
    try:
        try:
            board, node = load()
            node.run(board)
        except Exception as error:  # the one place: whatever happens, the device comes back
            try:
                keep(error)
                linger()
            except Exception:  # memory so short that not even this works
                print("crash not recorded")
            pause(board)
    except KeyboardInterrupt:
        hold(node)
        raise


main()
