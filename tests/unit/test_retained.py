"""Two checked copies in RTC memory."""

from baysense.core import retained


def test_empty_and_foreign_memory_hold_nothing() -> None:
    for memory in (b"", bytes(768), b"\xff" * 768, bytes(range(256)) * 8):
        assert retained.load(memory) == (None, retained.PHASE_NONE, 0)


def test_newest_copy_wins_through_many_generations() -> None:
    memory = b""
    for i in range(20):
        payload = str(i).encode()
        memory = retained.store(memory, payload, i % 4)
        assert len(memory) == retained.SIZE_BYTES
        assert retained.load(memory)[:2] == (payload, i % 4)


def test_generation_wraps() -> None:
    memory = retained.whole(b"")
    generations = []
    for i in range(65_540):
        retained.replace(memory, b"old", 0)
        if i > 65_530:
            retained.replace(memory, str(i).encode(), 0)
            payload, _, generation = retained.load(memory)
            generations.append(generation)
            assert payload == str(i).encode()
    assert min(generations) < 10 and max(generations) > 65_500  # before the wrap and after


def test_torn_write_falls_back_to_the_copy_before() -> None:
    before = retained.store(retained.store(b"", b"first", 0), b"second", 1)
    after = retained.store(before, b"third", 2)
    for cut in range(len(after) + 1):
        payload, phase, _ = retained.load(after[:cut] + before[cut:])
        assert (payload, phase) in ((b"second", 1), (b"third", 2)), cut


def test_every_flipped_bit_is_noticed() -> None:
    memory = retained.store(b"", b"state", 1)
    head = retained.SIZE_BYTES // 2 - retained.MAX_PAYLOAD_BYTES
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
