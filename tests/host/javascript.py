"""Run the payload codec as a network server does: in an empty context, with a time limit, on plain JSON."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "build" / "javascript" / "node_modules"
CODEC = ROOT / "host_tools" / "codecs" / "baysense.js"

RUNNER = """
const vm = require("vm"), fs = require("fs");
const request = JSON.parse(fs.readFileSync(0, "utf8"));
const context = vm.createContext(Object.create(null));
vm.runInContext(request.code, context, {timeout: 500});
const results = request.calls.map(([call, input]) => {
  context.input = input;
  return JSON.parse(vm.runInContext(call, context, {timeout: 500}));
});
process.stdout.write(JSON.stringify(results));
"""
ES5 = """
const acorn = require("acorn"), fs = require("fs");
try { acorn.parse(fs.readFileSync(0, "utf8"), {ecmaVersion: 5}); }
catch (error) { console.log(error.message); process.exit(1); }
"""


def evaluated(calls: list[tuple[str, Any]], code: str | None = None) -> list[Any]:
    """Return what expressions over the codec and an `input` give."""
    request = {"code": code or CODEC.read_text(encoding="utf-8"), "calls": calls}
    done = _node(RUNNER, json.dumps(request))
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def called(cases: list[tuple[str, Any]]) -> list[Any]:
    """Return what functions of the codec give for their inputs."""
    return evaluated([(f"JSON.stringify({function}(input))", given) for function, given in cases])


def es5_error(code: str) -> str:
    """Return what keeps a script from being ECMAScript 5, nothing if it is."""
    if not (MODULES / "acorn").is_dir():
        pytest.skip("npm package acorn is missing: `make test` installs it where npm is there")
    return _node(ES5, code).stdout


def _node(script: str, given: str) -> "subprocess.CompletedProcess[str]":
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the JavaScript codec is not tested. Debian: apt install nodejs npm")
    return subprocess.run(
        [node, "-e", script],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=MODULES.parent if MODULES.is_dir() else ROOT,
    )
