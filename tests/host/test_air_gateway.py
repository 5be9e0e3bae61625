"""The gateway: what it hears, half duplex, duty cycle, and why it refuses a downlink."""

from typing import Any

from baysense_host.virtual.air import Air, Emission, Gateway, Uplink
from baysense_host.virtual.air.airtime import airtime_us
from baysense_host.virtual.clock import Clock
from radio_bench import FREQ_HZ, SYNC, Ear

RX2_HZ = 869_525_000


class Site:
    """A gateway, and what it handed on."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        self.air = Air(self.clock, 1)
        self.air.path.fading_db = 0.0
        self.gateway = Gateway(self.air, "gateway", self.clock, **options)
        self.uplinks: list[Uplink] = []
        self.gateway.on_uplink = self.uplinks.append
        self.ear = Ear()
        self.air.listen(self.ear)

    def uplink(self, at_us: int, sf: int = 7, data: bytes = b"uplink", **changed: Any) -> Emission:
        fields: dict[str, Any] = {
            "sender": "board", "start_us": at_us, "end_us": at_us + airtime_us(len(data), sf), "freq_hz": FREQ_HZ,
            "sf": sf, "bw_khz": 125, "power_dbm": 14.0, "inverted_iq": False, "sync_word": SYNC, "crc": True,
            "data": data,
        }  # fmt: skip
        emission = Emission(**{**fields, **changed})
        self.clock.at(at_us, lambda: self.air.emit(emission))
        return emission

    def run(self, until_us: int = 1 << 60) -> None:
        while (next_us := self.clock.next_us()) is not None and next_us <= until_us:
            self.clock.step()


def test_it_hears_every_spreading_on_its_channels_at_once() -> None:
    site = Site()
    sent = [site.uplink(1000, sf, sender=f"board {sf}") for sf in range(7, 13)]
    sent += [site.uplink(1000, 7, sender="far", freq_hz=867_900_000)]
    site.run()
    assert {(u.sf, u.freq_hz, u.end_us) for u in site.uplinks} == {(e.sf, e.freq_hz, e.end_us) for e in sent}
    assert site.uplinks[0].data == b"uplink" and site.uplinks[0].rssi_dbm == -101.0


def test_a_synthesizer_that_is_coarser_than_the_channels_is_heard_on_its_channel() -> None:
    site = Site()
    site.uplink(0, freq_hz=867_900_024)  # 867.9 MHz as an SX1276 makes it, in steps of 61 Hz
    site.run()
    assert [uplink.freq_hz for uplink in site.uplinks] == [867_900_000]


def test_other_channels_networks_and_downlinks_are_not_its_business() -> None:
    site = Site()
    site.uplink(0, freq_hz=868_200_000)
    site.uplink(200_000, sync_word=0x12)
    site.uplink(400_000, inverted_iq=True)
    site.run()
    assert site.uplinks == []


def test_a_damaged_frame_is_dropped() -> None:
    site = Site()
    site.uplink(0, sender="a")
    site.uplink(10_000, sender="b")
    site.run()
    assert site.uplinks == [] and site.gateway.damaged == 2


def test_a_downlink_goes_out_at_its_instant_with_inverted_iq_and_no_crc() -> None:
    site = Site()
    assert site.gateway.send(b"downlink", 5_000_000, FREQ_HZ, 9)
    site.run()
    (emission,) = [reception.emission for reception in site.ear.frames]
    assert (emission.start_us, emission.end_us) == (5_000_000, 5_000_000 + airtime_us(8, 9, crc=False))
    assert (emission.sender, emission.inverted_iq, emission.crc, emission.sync_word) == ("gateway", True, False, SYNC)
    assert site.gateway.sent == 1


def test_it_is_deaf_while_it_sends() -> None:
    site = Site()
    sf12_us = airtime_us(8, 12, crc=False)
    assert site.gateway.send(b"downlink", 100_000, RX2_HZ, 12)
    site.uplink(90_000)  # begun before: lost
    site.uplink(500_000)  # begun while it sends: lost
    site.uplink(100_000 + sf12_us - 1000, 9)  # the preamble outlasts its sending: heard
    site.run()
    assert [uplink.sf for uplink in site.uplinks] == [9]


def test_it_sends_one_frame_at_a_time() -> None:
    site = Site()
    long_us = airtime_us(8, 9, crc=False)
    assert site.gateway.send(b"downlink", 100_000, RX2_HZ, 9)
    assert not site.gateway.send(b"downlink", 100_000 + long_us - 1, FREQ_HZ, 7)
    assert site.gateway.send(b"downlink", 100_000 + long_us, FREQ_HZ, 7)
    assert site.gateway.refused == {"COLLISION_PACKET": 1}


def test_too_late_is_too_late_and_a_forbidden_frequency_stays_silent() -> None:
    site = Site()
    site.clock.now_us = 1_000_000
    assert site.gateway.plan(b"x", 999_999, FREQ_HZ, 7) == "TOO_LATE"
    assert site.gateway.plan(b"x", 1_000_000, FREQ_HZ, 7) == ""
    assert site.gateway.plan(b"x", 2_000_000, 868_650_000, 7) == "TX_FREQ"


def test_each_sub_band_has_its_own_hour() -> None:
    site = Site()
    frame_us = airtime_us(51, 12, crc=False)
    in_an_hour = 36_000_000 // frame_us
    for i in range(in_an_hour):
        assert site.gateway.send(bytes(51), i * 4_000_000, FREQ_HZ, 12)
    site.run()
    now_us = site.clock.now_us
    assert site.gateway.plan(bytes(51), now_us, FREQ_HZ, 12) == "DUTY_CYCLE_OVERFLOW"
    assert site.gateway.plan(bytes(51), now_us, RX2_HZ, 12) == ""
    site.run()
    assert site.gateway.plan(bytes(51), 3_600_000_000, FREQ_HZ, 12) == ""  # the first has left the hour


def test_elsewhere_there_is_no_duty_cycle() -> None:
    channels = range(902_300_000, 915_000_000, 200_000)
    site = Site(channels_hz=channels, bands=[])
    site.uplink(0, freq_hz=902_500_000)
    for i in range(30):
        assert site.gateway.send(bytes(51), 1_000_000 + i * 4_000_000, 923_300_000, 12, 500)
    site.run()
    assert len(site.uplinks) == 1 and site.gateway.sent == 30


def test_an_outage_forgets_what_was_planned() -> None:
    site = Site()
    assert site.gateway.send(b"downlink", 100_000, RX2_HZ, 12)
    assert site.gateway.send(b"downlink", 5_000_000, RX2_HZ, 12)
    site.run(200_000)
    site.gateway.switch(False)
    assert site.gateway.plan(b"x", 10_000_000, RX2_HZ, 12) == "INTERNAL_ERROR"
    site.uplink(6_000_000)
    site.run(8_000_000)
    assert site.uplinks == [] and site.ear.frames[0].emission.sender == "board" and site.gateway.sent == 0
    site.gateway.switch(True)
    site.uplink(9_000_000)
    site.run()
    assert len(site.uplinks) == 1
