"""A node's life from power-on to the cut: `run FOLDER DEV_EUI APP_KEY SEED`."""

import builtins
import io
import random
import sys
from binascii import unhexlify

from baysense_host.bench.airwaves.inside import line, storage
from baysense_host.bench.airwaves.inside.power import Time, power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense_host.bench.airwaves.inside.bay import Bay
    from baysense_host.bench.airwaves.inside.board import Board

_JOIN_EUI = bytes(8)


class _Gc:
    """Stands for the module gc: collecting is left to the interpreter, for the time it takes."""

    def collect(self) -> None:
        """Leave it."""

    def threshold(self, n: int = 0) -> None:
        """Leave it."""

    def mem_free(self) -> int:
        """Return a number."""
        return 65_536


def main(folder: str, dev_eui: str, app_key: str, seed: str) -> None:
    """Live until the host says no more."""
    random.seed(int(seed))
    sys.modules.update({"time": Time(), "os": storage.Os(), "gc": _Gc()})
    builtins.open = storage.open_file
    builtins.print = lambda *words: None
    from baysense import node, stages

    stages.unload = lambda names: None  # a module stays: loading it again takes most of the time
    node._passed_by = lambda one: False  # the detector is told
    node.ROOT = folder + "/data"
    from baysense import radio
    from baysense_host.bench.airwaves.inside.bay import Bay
    from baysense_host.bench.airwaves.inside.board import Board
    from baysense_host.bench.airwaves.inside.radio import Radio

    eui, key = unhexlify(dev_eui), unhexlify(app_key)
    identity = {"dev_eui": eui, "join_eui": _JOIN_EUI, "app_key": key, "pop": bytes(16), "serial": b"1", "lot": b"1"}
    board = Board(storage.Nvs(folder + "/nvs", identity), storage.Rtc(folder + "/rtc"), eui[:6])
    bay = Bay()
    stages.measure = bay.measure
    radio.open_radio = lambda one: Radio()
    _set_up(folder + "/data")
    while True:
        _wake(node.run, board, bay, line.heard())


def _set_up(root: str) -> None:
    """Do what the installer does, once."""
    from baysense.storage import files
    from baysense.storage.settings import Settings

    if not files.exists(root):
        storage.os.mkdir(root)
        Settings(root).commit({"uplink": "lorawan"})


def _wake(run: object, board: "Board", bay: "Bay", words: "list[str]") -> None:
    """Wake as the host says: time, system time [µs], cause, state of the bay, operations until the power fails."""
    from baysense_host.bench.airwaves.inside.board import Asleep, StartOver

    power.on(int(words[1]), int(words[2]), int(words[5]))
    board.cause, bay.state = words[3], int(words[4])
    while True:
        try:
            run(board)
        except StartOver:
            board.cause = "soft"
        except Asleep as asleep:
            power.step()
            line.say("d", power.now_us, power.now_us + power.ahead_us, asleep.args[0])
            return
        except Exception as error:
            line.say("e", power.now_us, power.now_us + power.ahead_us, _text(error))
            return


def _text(error: Exception) -> str:
    told = io.StringIO()
    sys.print_exception(error, told)
    return told.getvalue().replace("\n", " | ")


if __name__ == "__main__":
    main(*sys.argv[1:])
