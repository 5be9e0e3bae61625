"""Mutations of JSON, token by token, so that most of what comes out is still JSON."""

import random

from baysense_host.bench.mutate.inside.damage import damaged

_PUNCTUATION = b"{}[]:,"
_SPACE = b" \t\r\n"
# What parsers and checks stumble over.
_TOKENS = (
    b"{", b"}", b"[", b"]", b",", b":", b"{}", b"[]", b"[[1]]", b"{[1]:2}", b"{{}:1}", b"{1:2}", b"{null:1}",
    b"null", b"true", b"false", b"nan", b"Infinity", b"0", b"-0", b"-1", b"1", b"1.5", b"60.0", b"1e999", b"-1e999",
    b"2147483647", b"2147483648", b"4294967295", b"4294967296", b"1073741824", b"9" * 40, b"-" + b"9" * 300,
    b'""', b'"***"', b'"\\u0000"', b'"\\ud800"', b'"\\n"', b'"\xc3\xa4"', b'"\xff"', b'"\xed\xa0\x80"',
    b'"+/#"', b'"$x"', b'"\\ud83d\\ude97"', b'"\\u12"', b'"\xf0\x9f\x9a\x97"', b'"\xc1\x89"',
    b'"' + b"x" * 300 + b'"', b'"' + b"\xc3\xa4" * 40 + b'"', b'"a.b.c.d/99"', b'"192.0.2.10/24"', b'"192.0.2.1"',
    b"[" * 60, b"[" * 400, b'{"a":' * 60, b"[" * 200 + b"]" * 200, b"\\", b'"', b"'a'",
)  # fmt: skip


def mangled(text: bytes, words: tuple[bytes, ...] = ()) -> bytes:
    """Return a mutation of JSON; `words` are tokens that mean something where it goes."""
    if random.getrandbits(2) == 0:
        return damaged(text)
    tokens = _tokens(text)
    for _ in range(1 + random.getrandbits(2) // 2):
        _mangle(tokens, words)
    return b"".join(tokens)


def _mangle(tokens: list[bytes], words: tuple[bytes, ...]) -> None:
    at = random.randrange(len(tokens)) if tokens else 0
    way = random.getrandbits(3)
    if way == 0:
        tokens[at : at + 1] = []
    elif way == 1:
        tokens.insert(at, random.choice(_TOKENS))
    elif way == 2 and tokens:
        tokens.insert(at, random.choice(tokens))
    elif way == 3 and tokens:
        other = random.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    elif way < 6 and words:
        tokens[at : at + 1] = [random.choice(words)]
    else:
        tokens[at : at + 1] = [random.choice(_TOKENS)]


def _tokens(text: bytes) -> list[bytes]:
    """Return the tokens of JSON without white space between them."""
    tokens = []
    at = 0
    while at < len(text):
        end = _end(text, at)
        if text[at] not in _SPACE:
            tokens.append(text[at:end])
        at = end
    return tokens


def _end(text: bytes, at: int) -> int:
    """Return where the token that begins at `at` ends."""
    if text[at] == 0x22:
        at += 1
        while at < len(text) and text[at] != 0x22:
            at += 2 if text[at] == 0x5C else 1
        return at + 1
    if text[at] in _PUNCTUATION or text[at] in _SPACE:
        return at + 1
    while at < len(text) and text[at] not in _PUNCTUATION and text[at] not in _SPACE and text[at] != 0x22:
        at += 1
    return at
