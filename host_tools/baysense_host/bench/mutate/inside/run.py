"""The program of a worker: run batches of one target; every line that is meant to be read is MARK and JSON."""

import gc
import io
import json
import random
import sys
from binascii import hexlify

import micropython  # type: ignore[import-not-found]

from baysense_host.bench.mutate.inside.files import fresh_folder
from baysense_host.bench.mutate.inside.finding import CRASH, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense_host.bench.mutate.inside.targets.target import Target

MARK = "\x01"  # what the node prints stands between our lines
# An attempt finds as much stack as on the chip: 16 KiB less a margin (ports/esp32/main.c), in words half as long.
_STACK_BYTES = 2 * 15 * 1024
_WHOLE_STACK_BYTES = 80_000  # ports/unix/main.c
_FINDINGS = 3  # in a batch: the first ones tell enough
_SHOWN = 1500  # characters of a text


def run(name: str, folder: str, first: int, batches: int, cases: int) -> None:
    """Run batches; the number of a batch is its seed, so that each can be run again alone."""
    module = __import__("baysense_host.bench.mutate.inside.targets." + name, None, None, ("Fuzz",))
    for batch in range(first, first + batches):
        _say({"begun": batch})
        done = _batch(module.Fuzz, folder, batch, cases)
        gc.collect()
        micropython.qstr_info()  # the worker reads it
        _say({"done": batch, "cases": done, "used_bytes": gc.mem_alloc()})  # type: ignore[attr-defined]


def _batch(make: "type[Target]", folder: str, batch: int, cases: int) -> int:
    """Run one batch; return how many cases it came to."""
    random.seed(batch)
    target = make(fresh_folder(folder))
    findings = 0
    for case in range(cases):
        finding = _attempt_low(target)
        if finding is not None:
            finding["batch"], finding["case"] = batch, case
            _say({"finding": finding})
            findings += 1
            if findings == _FINDINGS:
                return case + 1
            target = finding = None  # type: ignore[assignment]  # the heap has no room for two
            gc.collect()
            target = make(fresh_folder(folder))
    return cases


def _attempt_low(target: "Target") -> dict[str, object] | None:
    """Use up the stack that the chip does not have, then attempt; return what is found."""
    if micropython.stack_use() < _WHOLE_STACK_BYTES - _STACK_BYTES:
        return _attempt_low(target)
    try:
        target.attempt()
    except Finding as finding:
        return {"kind": finding.kind, "text": finding.text[:_SHOWN], "input": _shown(target.tried)}
    except Exception as error:  # whatever it is, it is what this campaign looks for
        return {"kind": CRASH, "text": _trace(error), "input": _shown(target.tried)}
    return None


def _trace(error: Exception) -> str:
    gc.collect()
    text = io.StringIO()
    sys.print_exception(error, text)  # type: ignore[attr-defined]  # MicroPython's
    return text.getvalue().strip()[-_SHOWN:]


def _shown(tried: object) -> str:
    gc.collect()
    text = hexlify(tried[:_SHOWN]).decode() if isinstance(tried, bytes) else repr(tried)
    return text[: 2 * _SHOWN]


def _say(what: dict[str, object]) -> None:
    print(MARK + json.dumps(what))


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
