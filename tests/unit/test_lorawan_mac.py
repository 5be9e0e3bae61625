"""The MAC against a network of a few lines: joining, sending, listening, and what is remembered."""

from air_bench import Bench


def test_join_and_send_end_to_end() -> None:
    bench = Bench()
    mac = bench.join()
    request = bench.network.requests[0]
    assert len(request) == 23 and request[17:19] == b"\x01\x00" and not bench.radio.awake and not bench.clock.held
    bench.network.say(fport=10, payload=b"do it", ack=True)
    result = mac.send(1, b"hello", True)
    assert result.acked and result.downlink == (10, b"do it") and result.fcnt_up == 0 and result.sf == 7
    assert result.airtime_us == 51_456 and not result.more
    assert bench.network.opened(bench.network.uplinks[0])[:4] == (0x80, 0, b"", 1)
    result = mac.send(1, b"again")
    assert not result.acked and result.downlink is None and result.fcnt_up == 1
