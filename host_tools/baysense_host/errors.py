"""The one error of the host tools that a user is meant to read."""


class ToolError(Exception):
    """Say in one sentence what failed; `hint` says what to do next.

    Only `baysense_host.cli` turns it into text on stderr and exit status 1.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
