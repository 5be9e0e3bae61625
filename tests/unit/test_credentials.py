"""TLS material on flash."""

import os
from binascii import crc32

from baysense.storage import credentials
from scratch import fresh_folder, read, write

DER = b"\x30" + bytes(range(256)) * 7


def upload(root: str, name: str, der: bytes, piece_bytes: int = 300) -> bool:
    done = False
    for at in range(0, len(der), piece_bytes):
        assert not done
        done = credentials.write(root, name, at, der[at : at + piece_bytes], len(der), crc32(der))
    return done


def refusal(*arguments: object) -> str:
    try:
        credentials.write(*arguments)
    except ValueError as error:
        return str(error)
    raise AssertionError("accepted")


def test_pieces_become_a_credential_at_once() -> None:
    root = fresh_folder("credentials")
    for name in credentials.NAMES:
        assert credentials.read(root, name) is None
        for der in (DER, b"\x30", b"\x30" * credentials.MOST_BYTES):
            before = credentials.read(root, name)
            assert not credentials.write(root, name, 0, DER[:100], len(DER), crc32(DER))
            assert credentials.read(root, name) == before
            assert upload(root, name, der) and credentials.read(root, name) == der
    assert sorted(os.listdir(root)) == ["ca.der", "cert.der", "key.der"]
    credentials.remove(root, "ca")
    credentials.remove(root, "ca")
    assert credentials.read(root, "ca") is None and credentials.read(root, "key") is not None


def test_what_cannot_be_right_is_refused() -> None:
    root = fresh_folder("credentials")
    upload(root, "ca", DER)
    other = b"\x30" + bytes(999)
    checksum = crc32(other)
    assert "ca, cert or key" in refusal(root, "../main", 0, other, 1000, checksum)
    assert "not DER" in refusal(root, "ca", 0, b"-----BEGIN", 10, crc32(b"-----BEGIN"))
    assert "not DER" in refusal(root, "ca", 0, b"", 10, 0)
    for size in (-1, 0, credentials.MOST_BYTES + 1, 10**20):
        assert "bytes" in refusal(root, "ca", 0, other, size, checksum)
    assert "begin again" in refusal(root, "ca", 500, other[500:], 1000, checksum)
    credentials.write(root, "ca", 0, other[:500], 1000, checksum)
    for offset in (-1, 1, 499, 501, 10**20):
        assert "begin again" in refusal(root, "ca", offset, other[500:], 1000, checksum)
    assert "more than" in refusal(root, "ca", 500, bytes(501), 1000, checksum)
    assert "checksum" in refusal(root, "ca", 500, b"?" * 500, 1000, checksum)
    assert credentials.read(root, "ca") == DER and os.listdir(root) == ["ca.der"]
    assert upload(root, "ca", other) and credentials.read(root, "ca") == other


def test_damage_is_set_aside() -> None:
    root = fresh_folder("credentials")
    upload(root, "ca", DER)
    path = root + "/ca.der"
    write(path, read(path)[:-1])
    assert credentials.read(root, "ca") is None and credentials.digest(root) == ""
    assert sorted(os.listdir(root)) == ["ca.der.bad"]


def test_digest_is_of_authority_and_certificate() -> None:
    root = fresh_folder("credentials")
    upload(root, "cert", DER)
    assert credentials.digest(root) == ""
    upload(root, "ca", DER)
    both = credentials.digest(root)
    upload(root, "key", DER)
    assert credentials.digest(root) == both and len(both) == 8 and int(both, 16) > 0
    credentials.remove(root, "cert")
    assert credentials.digest(root) not in (both, "")
