"""What the campaign asks of every target."""


class Target:
    """One way into the node; made anew for every batch."""

    def __init__(self, folder: str) -> None:
        """`folder` is empty, and this target's own."""
        self.folder = folder
        self.tried: object = b""  # the last input, for the report of a finding

    def attempt(self) -> None:
        """Give the node one mutated input; raise Finding if it does the wrong thing. Any other error is a crash."""
        raise NotImplementedError
