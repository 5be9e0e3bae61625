"""What a handler of an interpreter's call may answer instead of a plain value."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Later:
    """Answer with `fn()` when virtual time has reached `at_us`."""

    at_us: int
    fn: Callable[[], object]


class DeviceError(Exception):
    """What the chip would raise: the exception's name and its arguments."""

    def __init__(self, kind: str, *arguments: int | str) -> None:
        super().__init__(kind, *arguments)
        self.kind = kind
        self.arguments = arguments
