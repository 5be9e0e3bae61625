"""What the campaign looks for."""

LOST = "lost"  # something acknowledged is gone or altered
DUPLICATE = "duplicate"  # a sequence number twice, or out of order, or again after its receipt was on flash
REUSED = "reused"  # a counter gave a number that it had given before
UNBOOTABLE = "unbootable"  # the file system does not mount, or the app is damaged
CRASH = "crash"  # storage raised an error though nothing failed but the power before
SECRET = "secret"  # readable after wiping


class Finding(Exception):
    """A broken guarantee; `kind` is one of the words above."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


def expect(true: bool, kind: str, text: str) -> None:
    """Raise a Finding unless this is so."""
    if not true:
        raise Finding(kind, text)
