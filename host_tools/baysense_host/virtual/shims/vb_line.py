"""One statement typed at the friendly REPL, on as many lines as it takes."""

import sys

from vb_console import read_byte

_CTRL_C, _CTRL_D = 3, 4
_BACKSPACE, _TAB, _ENTER, _ESCAPE, _DELETE = 8, 9, 13, 27, 127
_COMPOUND = ("if", "while", "for", "try", "with", "def", "class", "async")  # mp_repl_continue_with_input


class Line:
    """The text typed so far."""

    def __init__(self, prompt, write):
        self.text = bytearray()
        self._prompt = prompt
        self._write = write

    def read(self):
        """Read up to Enter; return 0, or the control key typed on an empty line (Ctrl-C on any)."""
        self._write(self._prompt.encode())
        start = len(self.text)
        while True:
            byte = read_byte()
            if byte == _ENTER:
                self._write(b"\r\n")
                return 0
            if byte == _CTRL_C or (byte <= 5 and len(self.text) == start):
                return byte
            if byte in (_BACKSPACE, _DELETE) and len(self.text) > start:
                self.text[:] = self.text[:-1]
                self._write(b"\b \b")
            elif byte == _ESCAPE:
                _skip_escape_sequence()
            elif byte == _TAB or byte >= 32 and byte != _DELETE:
                self.text.append(byte)
                self._write(bytes((byte,)))

    def read_rest(self):
        """Read further lines while the statement needs them; return False when Ctrl-C gave it up."""
        self._prompt = sys.ps2
        while _unfinished(str(self.text, "utf-8")):
            self.text.append(10)
            key = self.read()
            if key == _CTRL_C:
                self._write(b"\r\n")
                return False
            if key == _CTRL_D:
                break
        return True


def _skip_escape_sequence():
    """Swallow an arrow or function key: ESC [ digits letter."""
    if read_byte() == 91:
        while not 64 <= read_byte() <= 126:
            pass


def _unfinished(text):
    if text.endswith("\\"):
        return True
    quote, depth = _open_parts(text)
    if len(quote) == 3 or (depth > 0 and not quote):
        return True
    return _is_compound(text) and not text.endswith("\n")


def _is_compound(text):
    if text.startswith("@"):
        return True
    word = ""
    for character in text:
        if not (character.isalpha() or character.isdigit() or character == "_"):
            break
        word += character
    return word in _COMPOUND


def _open_parts(text):
    """Return the quote that is open at the end ('' for none) and the depth of brackets."""
    quote = ""
    depth = 0
    at = 0
    while at < len(text):
        character = text[at]
        if quote and character == "\\":
            at += 2
            continue
        if quote:
            if text.startswith(quote, at):
                at += len(quote) - 1
                quote = ""
        elif character in "'\"":
            quote = character * 3 if text.startswith(character * 3, at) else character
            at += len(quote) - 1
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        at += 1
    return quote, depth
