"""The line to the host: one word and numbers a message.

From the node: `s` a frame is sent, `r` a window is opened, `m` the bay is looked at, `p` time has passed, `d` asleep,
`x` the power fails now, `e` an error that nobody expects. After all but `s` and `m` the node waits for the next line
of the host: `h` what was heard, `n` that nothing was, `g` go on, `w` a wake.
"""

import sys


def say(*words: object) -> None:
    """Tell the host."""
    sys.stdout.write(" ".join([str(word) for word in words]) + "\n")


def heard() -> "list[str]":
    """Return the words of the host's next line; end when there is none."""
    line = sys.stdin.readline()
    if not line:
        sys.exit()
    return line.split()
