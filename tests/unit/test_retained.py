"""Two checked copies in RTC memory."""

from baysense.core import retained


def test_empty_and_foreign_memory_hold_nothing() -> None:
    for memory in (b"", bytes(768), b"\xff" * 768, bytes(range(256)) * 8):
        assert retained.load(memory) == (None, retained.PHASE_NONE, 0)


def test_newest_copy_wins_through_many_generations() -> None:
    memory = b""
    for i in range(70_000):
        if 20 < i < 65_500:  # the interesting ones are the first and the wrap at 2^16
            continue
        payload = str(i).encode()
        memory = retained.store(memory, payload, i % 4)
        assert len(memory) == retained.SIZE_BYTES
        assert retained.load(memory)[:2] == (payload, i % 4)


def test_generation_wraps() -> None:
    memory = retained.pack(0xFFFF, b"old") + bytes(retained.SIZE_BYTES)
    memory = retained.store(memory[: retained.SIZE_BYTES], b"new", 0)
    assert retained.load(memory)[0] == b"new"
    memory = retained.store(memory, b"newer", 0)
    assert retained.load(memory)[0] == b"newer"


def test_torn_write_falls_back_to_the_copy_before() -> None:
    before = retained.store(retained.store(b"", b"first", 0), b"second", 1)
    after = retained.store(before, b"third", 2)
    for cut in range(len(after) + 1):
        payload, phase, _ = retained.load(after[:cut] + before[cut:])
        assert (payload, phase) in ((b"second", 1), (b"third", 2)), cut


def test_every_flipped_bit_is_noticed() -> None:
    memory = retained.store(b"", b"state", 1)
    head = len(retained.pack(1, b""))
    start = memory.index(b"state") - head
    for position in range(start, start + head + 5):
        for bit in range(8):
            damaged = bytearray(memory)
            damaged[position] ^= 1 << bit
            assert retained.load(bytes(damaged))[0] is None


def test_too_long_a_payload_is_refused() -> None:
    longest = bytes(retained.MAX_PAYLOAD_BYTES)
    memory = retained.store(retained.store(b"", longest, 0), longest, 1)
    assert len(memory) <= 2048 and retained.load(memory)[:2] == (longest, 1)
    try:
        retained.store(b"", bytes(retained.MAX_PAYLOAD_BYTES + 1), 0)
    except ValueError:
        return
    raise AssertionError("accepted")
