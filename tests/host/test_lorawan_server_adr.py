"""Adaptive data rate of the simulation's network server."""

from collections import deque

import pytest
from pamoja import _native as native

from baysense_host.virtual.lorawan import commands
from baysense_host.virtual.lorawan.adr import Target, heard, target
from baysense_host.virtual.lorawan.commands import downlink
from baysense_host.virtual.lorawan.device import HISTORY, Heard, Session
from baysense_host.virtual.lorawan.policy import MAX_TRIES, Policy
from lorawan_site import DEV_EUI, Site, judged_site


def a_session() -> Session:
    """Return the session of a device that has joined."""
    site = Site()
    site.join()
    return site.session


def test_adaptive_data_rate_steers_a_device_to_the_fastest_rate_and_less_power() -> None:
    with judged_site(policy=Policy(ask_status=False)) as site:
        site.join()
        slow = downlink(
            commands.LINK_ADR, data_rate=0, tx_power=0, channel_mask=0xFF, mask_control=0, transmissions=1
        )
        site.server.request(DEV_EUI, slow)  # waits for the answer to the step that the join led to
        site.send()
        site.send()
        assert [sent.link.spreading_factor for sent in site.node.transmissions[-2:]] == [7, 12]
        for _ in range(4):
            site.send()
        assert (site.session.dr, site.session.tx_power) == (5, 5)
        assert site.node.device.data_rate == 5
        assert len(site.node.device.channels()) == 8  # as they were
        assert site.node.transmissions[-1].output_dbm == 16 - 2 * 5
        frames = site.data_downlinks()
        asked = [native.lorawan_mac_parse("Downlink", frame[8 : 8 + (frame[5] & 15)])[0] for frame in frames]
        steps = [(one.data_rate, one.tx_power) for one in asked]
        assert steps[-2:] == [(5, 2), (5, 5)]  # 13 dB of SNR is 23 dB too much at SF12, then 10.5 dB at SF7


def test_adaptive_data_rate_counts_steps_as_chirpstack_does() -> None:
    session, policy = a_session(), Policy()
    cases = [  # SNR above what is required and the margin, DR and power now, DR and power then
        (1.0, 1, 5, 1, 5),
        (3.0, 4, 1, 5, 1),
        (3.0, 5, 1, 5, 2),
        (6.0, 3, 1, 5, 1),
        (6.0, 4, 1, 5, 2),
        (6.0, 5, 1, 5, 3),
        (6.0, 5, 5, 5, 5),
        (-3.0, 5, 1, 5, 0),
        (-3.0, 4, 0, 4, 0),
        (-30.0, 4, 3, 4, 0),
    ]
    for over_db, dr, tx_power, then_dr, then_power in cases:
        session.dr, session.tx_power = dr, tx_power
        session.history = deque((Heard(n, over_db, tx_power) for n in range(HISTORY)), maxlen=HISTORY)
        assert target(session, -policy.installation_margin_db, policy, 5) == Target(then_dr, then_power, 1)
    session.dr, session.tx_power = 5, 1
    session.history = deque([Heard(0, -30.0, 1)], maxlen=HISTORY)
    assert target(session, -7.5, policy, 5) == Target(5, 1, 1)  # one weak frame is no reason


def test_lost_uplinks_lead_to_repetitions() -> None:
    session = a_session()
    for step, present, then in ((20, 1, 1), (21, 1, 1), (22, 1, 2), (27, 1, 3), (20, 3, 2)):
        session.transmissions = present
        session.history = deque((Heard(n, -7.5 + 10.0, 0) for n in [*range(HISTORY - 1), step - 1]), maxlen=HISTORY)
        assert target(session, -7.5, Policy(), 5).transmissions == then
    heard(session, 50, 3, 0.0)
    assert len(session.history) == 1 and session.tx_power == 0  # another data rate than agreed: begin anew


def test_a_device_that_refuses_a_step_is_left_in_peace_for_a_while() -> None:
    with judged_site(policy=Policy(ask_status=False)) as site:
        site.join()
        session = site.session
        asked = len(site.data_downlinks())
        assert asked == 1
        refusal = native.LorawanMacCommand(
            commands.LINK_ADR, "Uplink", power_ack=True, data_rate_ack=False, channel_mask_ack=True
        ).encode()
        for fcnt in range(1, 20):
            fopts = refusal if fcnt == 1 else b""
            site.say(session.codec.encode_uplink(fcnt, 2, b"x", adr=True, fopts=fopts), sf=12)
        assert len(site.data_downlinks()) == asked
        assert list(site.known.answers) == [("link_adr_ans", False)]
        site.say(session.codec.encode_uplink(20, 2, b"x", adr=True), sf=12)
        assert session.requests[commands.LINK_ADR][0].tries == 1


def test_a_device_that_never_answers_is_left_in_peace_for_a_while() -> None:
    with judged_site(policy=Policy(ask_status=False)) as site:
        site.join()
        for fcnt in range(1, 3 + HISTORY - 1):
            site.say(site.session.codec.encode_uplink(fcnt, 2, b"x", adr=True))
        assert len(site.data_downlinks()) == MAX_TRIES
        site.say(site.session.codec.encode_uplink(50, 2, b"x", adr=True))
        assert len(site.data_downlinks()) == MAX_TRIES + 1


@pytest.mark.parametrize(("region", "slow", "fastest"), [("US915", 0, 3), ("AU915", 2, 5), ("IN865", 0, 5)])
def test_other_regions_go_to_their_fastest_rate_and_keep_their_channels(region: str, slow: int, fastest: int) -> None:
    with judged_site(region=region, policy=Policy(ask_status=False)) as site:
        site.join_somewhere()
        mask_control, mask = site.server.region.mask()
        fields = {"mask_control": mask_control, "channel_mask": mask, "tx_power": 0, "transmissions": 1}
        site.server.request(DEV_EUI, downlink(commands.LINK_ADR, data_rate=slow, **fields))
        channels = [*range(8, 16), 65] if site.server.region.fixed else [0, 1, 2]
        for _ in range(6):
            site.send()
        assert slow in [sent.data_rate for sent in site.node.transmissions[-6:]]
        assert site.node.device.data_rate == fastest == site.session.dr
        assert [one.index for one in site.node.device.channels()] == channels
