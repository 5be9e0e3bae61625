"""What the campaign asks of every part."""


class Part:
    """One part of storage and the model of what it must know."""

    name = ""

    def boot(self) -> None:
        """Start on what is on flash and compare it with the model."""
        raise NotImplementedError

    def act(self) -> None:
        """Do something to it, chosen at random; the power may fail meanwhile."""
        raise NotImplementedError

    def acknowledge(self) -> None:
        """The power was still on when `act` returned: what it wrote must last."""
        raise NotImplementedError

    def wiped(self, identity_too: bool) -> None:
        """Everything secret was wiped: expect nothing else, and no less, after the next boot."""
