"""The network server of the simulation: acknowledgments, downlinks, MAC commands."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from baysense_host.virtual.lorawan import commands
from baysense_host.virtual.lorawan.commands import downlink
from baysense_host.virtual.lorawan.frames import cmac
from baysense_host.virtual.lorawan.policy import MAX_TRIES, Policy
from baysense_host.virtual.net.time_server import START
from lorawan_site import DEV_EUI, Site, judged_site

QUIET = Policy(adr=False, ask_status=False)


@pytest.fixture
def site() -> Iterator[Site]:
    with judged_site(policy=QUIET) as site:
        site.join()
        yield site


def test_cmac_agrees_with_rfc_4493() -> None:
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    message = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    expected = {
        0: "bb1d6929e95937287fa37d129b756746",
        16: "070a16b46b4d4144f79bdd9dd04a287c",
        40: "dfa66747de9ae63030ca32611497c827",
        64: "51f0bebf7e3b9d92fc49741779363cfe",
    }
    assert {length: cmac(key, message[:length]).hex() for length in expected} == expected


def test_nothing_is_sent_when_there_is_nothing_to_say(site: Site) -> None:
    site.send()
    assert site.data_downlinks() == []


def test_a_confirmed_uplink_is_acknowledged_in_rx1(site: Site) -> None:
    site.send(confirmed=True)
    assert [one.acknowledged for one in site.node.deliveries] == [True]
    window, frame, heard_us = site.node.downlinks[-1]
    sent = site.node.transmissions[-1]
    assert window == "rx1" and len(frame) == 12  # no port, no options
    assert heard_us - (site.clock.now_us - 20_000_000 + sent.airtime_us + 1_000_000) == 41_216  # 12 bytes


def test_a_confirmed_uplink_is_acknowledged_in_rx2_when_rx1_is_taken(site: Site) -> None:
    powers_dbm = []
    site.air.taps.append(lambda emission, outcomes: powers_dbm.append(emission.power_dbm))
    site.block_rx1()
    site.send(confirmed=True)
    assert [one.acknowledged for one in site.node.deliveries] == [True]
    assert site.node.downlinks[-1][0] == "rx2"
    assert powers_dbm == [16, 27]  # the device's EIRP, the gateway's ERP at 869.525 MHz
    assert site.server.counts["downlinks_rx2"] == 1


def test_a_confirmed_uplink_that_nobody_heard_is_repeated_by_the_device(site: Site) -> None:
    site.server.request(
        DEV_EUI,
        downlink(commands.LINK_ADR, data_rate=5, tx_power=0, channel_mask=0xFF, mask_control=0, transmissions=3),
    )
    site.send()
    site.gateways[0].switch(False)
    site.node.send(2, b"persistent", confirmed=True)
    site.run(2.0)
    site.gateways[0].switch(True)
    site.run(60.0)
    assert site.uplinks[-1].payload == b"persistent"
    assert site.node.deliveries[-1].acknowledged


def test_downlinks_go_out_one_an_uplink_and_say_that_more_waits(site: Site) -> None:
    for number in range(3):
        site.server.queue_downlink(DEV_EUI, 10, bytes([number]))
    for _ in range(4):
        site.send()
    assert [(one.port, one.payload, one.more_pending) for one in site.node.deliveries] == [
        (10, b"\0", True),
        (10, b"\1", True),
        (10, b"\2", False),
    ]


def test_a_confirmed_downlink_is_sent_until_it_is_acknowledged(site: Site) -> None:
    site.server.queue_downlink(DEV_EUI, 10, b"now", confirmed=True)
    site.air.path_loss_db = lambda sender, receiver: 200.0 if receiver == "node" else 115.0
    site.send()
    site.air.path_loss_db = site.air.path.db
    site.send()
    site.send()
    assert [one.payload for one in site.node.deliveries] == [b"now"]
    assert [one.acked for one in site.uplinks] == [False, False, False, True]
    assert [frame[6] for frame in site.data_downlinks()] == [0, 1]  # never the same counter
    assert site.server.counts["acknowledged"] == 1


def test_a_confirmed_downlink_that_nobody_acknowledges_is_given_up(site: Site) -> None:
    site.server.queue_downlink(DEV_EUI, 10, b"now", confirmed=True)
    site.air.path_loss_db = lambda sender, receiver: 200.0 if receiver == "node" else 115.0
    for _ in range(MAX_TRIES + 2):
        site.send()
    assert len(site.data_downlinks()) == MAX_TRIES
    assert site.server.counts["unacknowledged"] == 1


def test_a_downlink_too_long_for_both_windows_is_dropped_and_counted(site: Site) -> None:
    site.session.receiving.rx2_dr = 0
    site.session.receiving.rx1_dr_offset = 5
    site.server.queue_downlink(DEV_EUI, 10, bytes(52))
    site.send()
    assert site.data_downlinks() == []
    assert site.server.counts["downlinks_too_long"] == 1


def test_link_check_and_time_are_answered(site: Site) -> None:
    site.node.device.request_link_check()
    site.node.device.request_device_time()
    site.send()
    delivery = site.node.deliveries[-1]
    assert delivery.link_check == (20, 1)
    assert delivery.device_time is not None
    seconds, fraction = delivery.device_time
    gps = datetime(1980, 1, 6, tzinfo=UTC).timestamp() - 18
    end_us = site.uplinks[-1].end_us
    assert (seconds, fraction) == (
        int(START.timestamp() - gps) + end_us // 1_000_000,
        end_us % 1_000_000 * 256 // 10**6,
    )


def test_a_device_that_asks_for_a_sign_of_life_gets_one(site: Site) -> None:
    site.say(site.session.codec.encode_uplink(1, 2, b"?", adr=True, adr_ack_req=True))
    assert len(site.data_downlinks()) == 1


def test_the_status_is_asked_once_a_day() -> None:
    with judged_site(policy=Policy(adr=False)) as site:
        site.node.device.set_battery(200)
        site.join()
        site.send()
        assert (site.known.battery, site.known.margin_db) == (200, 13)
        site.node.device.set_battery(100)
        for _ in range(5):
            site.send()
        site.run(86_400.0)
        site.send()
        assert site.known.battery == 200
        site.send()
        assert site.known.battery == 100
        assert len(site.data_downlinks()) == 2


def test_receive_windows_move_only_when_the_device_has_agreed(site: Site) -> None:
    site.server.request(
        DEV_EUI,
        downlink(commands.RX_PARAM_SETUP, rx1_offset=2, rx2_data_rate=3, frequency_hz=869_525_000),
        downlink(commands.RX_TIMING_SETUP, delay=3),
    )
    site.send()
    assert (site.session.receiving.rx1_delay_s, site.session.receiving.rx2_dr) == (1, 0)
    for window in ("rx1", "rx2"):
        site.send(confirmed=True)
        assert site.node.downlinks[-1][0] == window and site.node.deliveries[-1].acknowledged
        site.block_rx1()
    assert list(site.known.answers) == [("rx_param_setup_ans", True), ("rx_timing_setup_ans", True)]
    assert (site.session.receiving.rx1_delay_s, site.session.receiving.rx2_dr) == (3, 3)


def test_a_new_channel_and_its_downlink_frequency_are_used(site: Site) -> None:
    site.server.request(
        DEV_EUI,
        downlink(commands.NEW_CHANNEL, index=3, frequency_hz=867_100_000, min_data_rate=0, max_data_rate=5),
        downlink(commands.DL_CHANNEL, index=3, frequency_hz=868_500_000),
    )
    site.send()
    site.send()
    assert list(site.known.answers) == [("new_channel_ans", True), ("dl_channel_ans", True)]
    heard = 0
    while not heard or site.node.transmissions[-1].frequency_hz != 867_100_000:
        site.send(confirmed=True)
        heard += 1
        assert [one.acknowledged for one in site.node.deliveries][-heard:] == [True] * heard
    assert site.node.transmissions[-1].rx1.frequency_hz == 868_500_000
    assert {window for window, _, _ in site.node.downlinks} == {"rx1"}


def test_an_answer_to_a_request_that_was_never_sent_is_ignored(site: Site) -> None:
    site.server.request(DEV_EUI, downlink(commands.DEV_STATUS))
    site.say(site.session.codec.encode_uplink(1, 2, b"x", fopts=b"\x06\x01\x01"))
    assert not site.known.answers and site.known.battery is None
    assert len(site.data_downlinks()) == 1


def test_many_commands_go_out_on_port_0(site: Site) -> None:
    block = [
        downlink(
            commands.NEW_CHANNEL,
            index=index,
            frequency_hz=867_000_000 + 100_000 * index,
            min_data_rate=0,
            max_data_rate=5,
        )
        for index in (8, 9, 10)
    ]
    site.server.request(DEV_EUI, *block)
    site.send(confirmed=True)
    assert site.node.deliveries[-1].acknowledged
    assert site.data_downlinks()[-1][5] & 0x0F == 0 and site.data_downlinks()[-1][8] == 0
    site.send()
    assert list(site.known.answers) == [("new_channel_ans", True)]
    assert len(site.node.device.channels()) == 11


def test_a_refused_request_changes_nothing(site: Site) -> None:
    site.server.request(
        DEV_EUI, downlink(commands.RX_PARAM_SETUP, rx1_offset=0, rx2_data_rate=14, frequency_hz=869_525_000)
    )
    site.send()
    site.send()
    assert list(site.known.answers) == [("rx_param_setup_ans", False)]
    assert site.session.receiving.rx2_dr == 0


def test_a_request_is_given_up_after_three_tries(site: Site) -> None:
    site.server.request(DEV_EUI, downlink(commands.DEV_STATUS))
    site.air.path_loss_db = lambda sender, receiver: 200.0 if receiver == "node" else 115.0
    for _ in range(MAX_TRIES + 2):
        site.send()
    assert len(site.data_downlinks()) == MAX_TRIES
    assert site.server.counts["requests_given_up"] == 1
