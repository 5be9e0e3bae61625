"""What the campaign looks for."""

CRASH = "crash"  # an error that nobody expects
ACCEPTED = "accepted"  # taken though it is wrong
REFUSED = "refused"  # not taken though it is right, or damage that goes unreported
HANG = "hang"  # no end of it


class Finding(Exception):
    """The node did the wrong thing; `kind` is one of the words above."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


def expect(true: bool, kind: str, text: str) -> None:
    """Raise a Finding unless this is so."""
    if not true:
        raise Finding(kind, text)
