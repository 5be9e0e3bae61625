"""The boards we know: what `boards/<NAME>/board.json` says of each."""

import json
from difflib import get_close_matches
from typing import Any, cast

from baysense_host.errors import ToolError
from baysense_host.paths import boards_dir

Board = dict[str, Any]


def board_names() -> list[str]:
    """Return the names of all boards."""
    return sorted(path.parent.name for path in boards_dir().glob("*/board.json"))


def read_board(name: str) -> Board:
    """Return what is known of a board; the name may be written in small letters."""
    known = board_names()
    upper = name.upper()
    if upper not in known:
        near = get_close_matches(upper, known, n=1, cutoff=0.4)
        guess = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
        raise ToolError(f"There is no board {name}.", f"{guess} `baysense boards` lists them.")
    text = (boards_dir() / upper / "board.json").read_text(encoding="utf-8")
    return cast(Board, json.loads(text))


def boards_with_usb(vid: int, pid: int) -> list[str]:
    """Return the boards whose USB chip has these numbers; several boards share one."""
    usb_id = f"{vid:04x}:{pid:04x}"
    return [name for name in board_names() if read_board(name)["usb_vid_pid"].lower() == usb_id]
