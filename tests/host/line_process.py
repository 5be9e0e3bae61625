"""A process that answers one line of JSON with another."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

_AT_ONCE = 20  # questions in the pipe, so that neither side blocks

Answer = dict[str, Any]


class LineProcess:
    """One running process."""

    def __init__(self, command: list[str], **environment: str) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def ask(self, **question: object) -> Answer:
        """Return the answer to one question."""
        return self.ask_all([question])[0]

    def ask_all(self, questions: Iterable[Mapping[str, object]]) -> list[Answer]:
        """Return the answers to questions, in their order."""
        lines = [json.dumps(question) + "\n" for question in questions]
        answers = []
        assert self._process.stdin is not None and self._process.stdout is not None
        for first in range(0, len(lines), _AT_ONCE):
            some = lines[first : first + _AT_ONCE]
            self._process.stdin.write("".join(some))
            self._process.stdin.flush()
            answers += [json.loads(self._process.stdout.readline()) for _ in some]
        return answers

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
