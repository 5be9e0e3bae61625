"""Start the app of the active slot; a frozen contract: an update replaces /a or /b, never this file.

/slot holds "a" or "b" and nothing else; without it, or when that app does not start, the other one runs.
"""

import gc
import os
import sys
import time

import machine

RETRY_S = 60  # pause after a crash, so that a crash loop does not empty the battery
WINDOW_S = 10
LOG_BYTES = 4096
GC_BYTES = 8192  # collect that often: code that stays must not lie among garbage, in holes too small for a report


def slots():
    """Return the app folders to try, the active one first."""
    try:
        with open("/slot") as file:
            active = file.read(1)
    except OSError:
        active = "a"
    return ("/b", "/a") if active == "b" else ("/a", "/b")


def load():
    """Import board and node from the first slot that has them."""
    failure = None
    for slot in slots():
        sys.path.insert(0, slot)
        try:
            import board

            from baysense import node

            return board, node
        except ImportError as error:
            failure = failure or error
            sys.path.remove(slot)
            for name in [name for name in sys.modules if name == "board" or name.startswith("baysense")]:
                del sys.modules[name]
    raise failure


def keep(error):
    """Show the error and append it to /data/crash.txt, a bounded log."""
    for name in [name for name in sys.modules if name.startswith("baysense")]:
        del sys.modules[name]  # the error may be that memory is short
    gc.collect()
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


def main():
    """Run the node; after a crash record it, pause and start again."""
    gc.threshold(GC_BYTES)
    try:
        board, node = load()
        node.run(board)
    except KeyboardInterrupt:
        hold()
        raise
    except Exception as error:  # the one place: whatever happens, the device comes back
        keep(error)
        time.sleep(WINDOW_S)  # for whoever is connected: Ctrl-C ends it
        machine.deepsleep(RETRY_S * 1000)


def hold():
    """Keep feeding the watchdog for whoever pressed Ctrl-C."""
    feed = getattr(sys.modules.get("baysense.node"), "feed", None)
    if feed:
        machine.Timer(0, period=2000, callback=lambda timer: feed())


main()
