"""What is text everywhere. Pure."""


def sound(text: str) -> bool:
    """Tell whether text is UTF-8 (RFC 3629): MicroPython takes surrogates and overlong forms for it, too."""
    size_bytes = 0
    for character in text:
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            return False
        size_bytes += 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    return size_bytes == len(text.encode())
