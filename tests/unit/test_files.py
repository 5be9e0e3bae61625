"""Checked files."""

import os

from baysense.storage import files
from scratch import fresh_folder, read, write


def test_what_was_written_comes_back() -> None:
    path = fresh_folder("files") + "/one"
    assert files.read_checked(path) == (None, False)
    for body in (b"", b"old", bytes(4000)):
        files.replace_checked(path, body)
        assert files.read_checked(path) == (body, False)
    assert not files.exists(path + ".new")


def test_damage_is_set_aside() -> None:
    path = fresh_folder("files") + "/one"
    files.replace_checked(path, b"content")
    whole = read(path)
    for damaged in (b"", whole[:3], whole[:-1], whole + b"?", bytes(20), b"?" * 100_000):
        write(path, damaged)
        assert files.read_checked(path) == (None, True)
        assert read(path + ".bad") == damaged and files.read_checked(path) == (None, False)


def test_a_folder_in_the_place_of_a_file_is_set_aside() -> None:
    path = fresh_folder("files") + "/one"
    for _ in range(2):
        os.mkdir(path)
        write(path + "/within", b"")
        assert files.read_checked(path) == (None, True)
        assert not files.exists(path) and files.exists(path + ".bad/within")
    files.discard(path + ".bad")
    assert not files.exists(path + ".bad")


def test_only_an_object_of_json_is_json() -> None:
    path = fresh_folder("files") + "/one"
    assert files.read_json(path) == (None, False)
    for body in (b"[1]", b"7", b"null", b"{", b"", b"\xff", b'{"a": 1', b"[" * 400):
        files.replace_checked(path, body)
        assert files.read_json(path) == (None, True), body
        assert not files.exists(path)
    files.replace_checked(path, b'{"a": [1]}')
    assert files.read_json(path) == ({"a": [1]}, False)


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else() -> None:
    root = fresh_folder("files")
    files.replace_checked(root + "/one", b"old")

    def fail(f: object) -> None:
        f.write(b"half")
        raise OSError(28)

    try:
        files.replace(root + "/one", fail)
        raise AssertionError("accepted")
    except OSError:
        assert files.read_checked(root + "/one") == (b"old", False) and os.listdir(root) == ["one"]
