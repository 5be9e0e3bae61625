"""The network server of the simulation: who joins, which uplinks are accepted. pamoja's end device is the device."""

from collections.abc import Iterator
from random import Random

import pytest
from pamoja import _native as native

from baysense_host.errors import ToolError
from baysense_host.virtual.air.gateway import Uplink
from baysense_host.virtual.lorawan.policy import Policy
from baysense_host.virtual.lorawan.region import REGIONS, Region
from lorawan_site import APP_KEY, DEV_EUI, JOIN_EUI, Site, judged_site


@pytest.fixture
def site() -> Iterator[Site]:
    with judged_site() as site:
        yield site


def uplink(site: Site, fcnt: int, payload: bytes = b"x", confirmed: bool = False) -> bytes:
    """Return an uplink of the device's session, made outside of the device."""
    return site.session.codec.encode_uplink(fcnt, 2, payload, confirmed=confirmed)


def test_a_device_joins_and_its_uplink_arrives(site: Site) -> None:
    site.join()
    assert site.node.device.is_joined
    assert site.node.downlinks[0][0] == "rx1"
    assert len(site.node.device.channels()) == 8  # three of the region, five by CFList
    assert [(one.fport, one.payload, one.fcnt_up, one.acked) for one in site.uplinks] == [(2, b"x", 0, False)]
    assert site.uplinks[0].dev_eui == DEV_EUI
    assert not site.server.refused


def test_a_join_request_heard_again_is_refused_and_changes_nothing(site: Site) -> None:
    site.join(nonce=5)
    before = site.session
    site.say(site.witness.frames[0][0])
    site.say(native.LorawanDevice(bytes.fromhex(DEV_EUI), bytes.fromhex(JOIN_EUI), APP_KEY).join_request(4))
    assert site.server.refused == {"nonce_replayed": 2}
    assert site.server.counts["joins"] == 1
    site.send()
    assert site.session is before


def test_join_requests_of_strangers_are_refused(site: Site) -> None:
    dev_eui, join_eui = bytes.fromhex(DEV_EUI), bytes.fromhex(JOIN_EUI)
    site.join()
    site.say(native.LorawanDevice(bytes(8), join_eui, APP_KEY).join_request(7))
    site.say(native.LorawanDevice(dev_eui, join_eui, bytes(16)).join_request(8))
    site.say(native.LorawanDevice(dev_eui, bytes(8), APP_KEY).join_request(9))
    site.say(native.LorawanDevice(dev_eui, join_eui, APP_KEY).join_request(10)[:-1])
    assert site.server.refused == {"unknown_device": 1, "join_mic": 1, "wrong_join_eui": 1, "malformed": 1}
    assert site.known.last_dev_nonce == 1


def test_the_old_session_lasts_until_the_new_one_is_used(site: Site) -> None:
    site.join(nonce=1)
    old = site.session
    site.node.join(2)
    site.run()
    site.say(old.codec.encode_uplink(1, 2, b"still here"))
    assert [one.payload for one in site.uplinks] == [b"x", b"still here"]
    site.send(b"new")
    assert site.uplinks[-1].payload == b"new" and site.uplinks[-1].fcnt_up == 0
    site.say(old.codec.encode_uplink(2, 2, b"too late"))
    assert site.server.refused == {"unknown_address": 1}


def test_the_join_accept_comes_in_the_second_window_when_the_first_is_taken(site: Site) -> None:
    site.block_rx1()
    site.node.join(1)
    site.run()
    assert [window for window, _, _ in site.node.downlinks] == ["rx2"]
    assert site.node.device.is_joined
    # RX2 begins 6 s after the end of the request and carries 33 bytes at SF12 without CRC.
    assert site.node.downlinks[0][2] == site.node.transmissions[0].airtime_us + 6_000_000 + 1_810_432


def test_the_counter_runs_past_16_bits(site: Site) -> None:
    site.join()
    site.session.last_up = 0xFFF0
    for fcnt in (0xFFFE, 0x1_0001, 0x1_0002, 0x2_0000):
        site.say(uplink(site, fcnt))
    assert [one.fcnt_up for one in site.uplinks[1:]] == [0xFFFE, 0x1_0001, 0x1_0002, 0x2_0000]
    site.session.last_up = 0xFFFF_FFFE
    site.say(uplink(site, 0xFFFF_FFFF))
    assert site.uplinks[-1].fcnt_up == 0xFFFF_FFFF
    site.say(uplink(site, 0xFFFF_0003))
    site.say(uplink(site, 3))  # a counter that wraps is as good as a wrong key
    assert site.server.refused == {"replayed": 1, "mic": 1}


def test_old_and_tampered_frames_are_refused_and_counted(site: Site) -> None:
    site.join()
    good = uplink(site, 5)
    site.say(good)
    before = site.session.last_up, site.session.next_down, len(site.uplinks)
    site.say(uplink(site, 4))
    for place in range(len(good)):
        site.say(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
    site.say(good[:11])
    site.say(b"")
    site.say(uplink(site, 5, b"another"))
    assert site.server.refused["replayed"] == 1
    assert site.server.refused["counter_reused"] == 1
    assert site.server.refused.total() == len(good) + 4
    assert (site.session.last_up, site.session.next_down, len(site.uplinks)) == before


def test_whatever_is_heard_only_whole_frames_change_anything(site: Site) -> None:
    random = Random(9)
    site.join()
    before = site.session.last_up, site.session.next_down, site.session.receiving, site.known.last_dev_nonce
    seeds = [frame for frame, down in site.witness.frames if not down] + [uplink(site, 7, confirmed=True)]
    for _ in range(3000):
        frame = bytearray(random.choice(seeds))
        for _ in range(random.randrange(1, 4)):
            frame[random.randrange(len(frame))] ^= random.randrange(1, 256)
        frame = frame[: random.randrange(len(frame) + 1)] if random.random() < 0.3 else frame
        if bytes(frame) not in seeds:
            site.gateways[0].on_uplink(Uplink(bytes(frame), 868_100_000, 7, 125, -90.0, 9.0, site.clock.now_us))
            site.run(0.3)
    assert site.server.refused.total() >= 2990
    assert (site.session.last_up, site.session.next_down, site.session.receiving, site.known.last_dev_nonce) == before


def test_copies_from_several_gateways_are_one_uplink() -> None:
    with judged_site(gateways=3) as site:
        for number, loss_db in ((0, 130.0), (1, 90.0), (2, 125.0)):
            site.air.path.set("node", f"gateway {number}", loss_db)
        site.join()
        site.node.device.request_link_check()
        site.send(b"y", confirmed=True)
        assert [one.payload for one in site.uplinks] == [b"x", b"y"]
        assert site.server.counts["duplicates"] == 6
        assert site.node.deliveries[-1].link_check == (20, 3)  # 13 dB above what SF7 needs, three gateways
        assert (site.gateways[0].sent, site.gateways[1].sent, site.gateways[2].sent) == (
            0,
            len(site.node.downlinks),
            0,
        )


def test_another_gateway_answers_when_the_best_one_cannot() -> None:
    with judged_site(gateways=2) as site:
        site.air.path.set("node", "gateway 0", 90.0)
        site.join()
        before = site.gateways[1].sent
        site.block_rx1()
        site.send(confirmed=True)
        assert site.node.deliveries[-1].acknowledged
        assert site.node.downlinks[-1][0] == "rx1"
        assert site.gateways[1].sent == before + 1


def test_a_repeated_confirmed_uplink_is_acknowledged_again_but_delivered_once(site: Site) -> None:
    site.join()
    frame = uplink(site, 9, b"once", confirmed=True)
    site.say(frame)
    site.say(frame)
    assert [one.payload for one in site.uplinks] == [b"x", b"once"]
    assert site.server.counts["repeats"] == 1
    down = [frame for frame, is_down in site.witness.frames if is_down][-2:]
    assert [(frame[5] & 0x20, frame[6]) for frame in down] == [(0x20, 1), (0x20, 2)]


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_joins_and_answers_in_both_windows(region: str) -> None:
    with judged_site(region=region, policy=Policy(adr=False, ask_status=False)) as site:
        site.join_somewhere()
        if site.server.region.fixed:  # the join-accept names the sub-band that the gateway hears
            assert [one.index for one in site.node.device.channels()] == [*range(8, 16), 65]
        for window in ("rx1", "rx2"):
            site.server.queue_downlink(DEV_EUI, 10, window.encode())
            site.send(confirmed=True)
            site.block_rx1()
        assert [one.payload for one in site.node.deliveries] == [b"rx1", b"rx2"]
        assert [window for window, _, _ in site.node.downlinks[-2:]] == ["rx1", "rx2"]
        assert all(one.acknowledged for one in site.node.deliveries)


def test_frames_on_channels_that_the_region_does_not_have_are_refused() -> None:
    site = Site(region="US915")
    for freq_hz, sf in ((902_400_000, 7), (903_900_000, 12)):
        site.gateways[0].on_uplink(Uplink(bytes(23), freq_hz, sf, 125, -100.0, 0.0, 0))
        site.run()
    assert site.server.refused == {"no_channel": 2}


def test_mistakes_of_the_operator_are_said() -> None:
    site = Site()
    with pytest.raises(ToolError, match="no region 'EU433'"):
        Region("EU433")
    with pytest.raises(ToolError, match="already registered"):
        site.server.add_device(DEV_EUI.upper(), JOIN_EUI, APP_KEY)
    with pytest.raises(ToolError, match="16 bytes, not 15"):
        site.server.add_device("01" * 8, JOIN_EUI, APP_KEY[1:])
    with pytest.raises(ToolError, match="is no EUI"):
        site.server.add_device("0123", JOIN_EUI, APP_KEY)
    with pytest.raises(ToolError, match="port 0"):
        site.server.queue_downlink(DEV_EUI, 0, b"")
    with pytest.raises(ToolError, match="no device"):
        site.server.queue_downlink("01" * 8, 1, b"")
    with pytest.raises(ToolError, match="has no session"):
        site.server.request(DEV_EUI)
