"""pamoja's end device on the air: the device side of tests of the network server, and a peer for ours."""

from functools import partial

from pamoja import _native as native

from baysense_host.virtual.air.air import Air
from baysense_host.virtual.air.emission import Emission, Reception, Tuning
from baysense_host.virtual.air.gateway import PUBLIC_SYNC_WORD
from baysense_host.virtual.air.sensitivity import SX1276_DBM

_EARLY_US = 10_000
_OPEN_SYMBOLS = 16


class PamojaNode:
    """A Class A device of pamoja's: sends, opens both windows, repeats what pamoja says it should."""

    sensitivity = SX1276_DBM

    def __init__(
        self,
        air: Air,
        name: str,
        dev_eui: str,
        join_eui: str,
        app_key: bytes,
        region: str = "EU868",
        power_dbm: float | None = None,
    ) -> None:
        self.name = name
        self.downlinks: list[tuple[str, bytes, int]] = []  # window, frame, when its end was heard [µs]
        self.deliveries: list[native.LorawanDelivery] = []
        self.transmissions: list[native.LorawanTransmission] = []
        self.errors: list[str] = []
        self.power_dbm = power_dbm
        self._air, self._clock = air, air.clock
        settings = native.LorawanDeviceSettings(2, 22, regional_duty_cycle=False, seed=7)
        plan = native.ChannelPlan.for_region(region)
        credentials = native.LorawanDevice(bytes.fromhex(dev_eui), bytes.fromhex(join_eui), app_key)
        self.device = native.LorawanEndDevice.over_the_air(plan, credentials, settings)
        self._tuning: Tuning | None = None
        self._window = ""
        self._receiving = False
        self._waiting = False

    def join(self, dev_nonce: int) -> None:
        """Send a join-request now."""
        self._transmit(self.device.join(dev_nonce, self._clock.now_us))

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> None:
        """Send an uplink now."""
        self._transmit(self.device.send(port, payload, self._clock.now_us, confirmed))

    def _transmit(self, sent: native.LorawanTransmission) -> None:
        self.transmissions.append(sent)
        self._waiting = True
        link, now_us = sent.link, self._clock.now_us
        end_us = now_us + sent.airtime_us
        power_dbm = float(sent.output_dbm) if self.power_dbm is None else self.power_dbm
        self._air.emit(
            Emission(
                self.name,
                now_us,
                end_us,
                sent.frequency_hz,
                link.spreading_factor,
                link.bandwidth_hz // 1000,
                power_dbm,
                False,
                PUBLIC_SYNC_WORD,
                True,
                bytes(sent.frame),
            )
        )
        for name, window in (("rx1", sent.rx1), ("rx2", sent.rx2)):
            self._clock.at(end_us + window.delay_us - _EARLY_US, partial(self._open, name, window))

    def _open(self, name: str, window: native.LorawanWindow) -> None:
        if not self._waiting or self._receiving:
            return  # what began in RX1 may end after RX2 should have begun
        link = window.link
        self._window = name
        self._tuning = Tuning(
            window.frequency_hz, link.spreading_factor, link.bandwidth_hz // 1000, True, PUBLIC_SYNC_WORD
        )
        self._air.listen(self)
        symbols_us = _OPEN_SYMBOLS * (1000 << link.spreading_factor) * 1000 // link.bandwidth_hz
        self._clock.after(_EARLY_US + symbols_us, partial(self._close, name))

    def _close(self, name: str) -> None:
        if self._receiving or not self._waiting or self._window != name:
            return
        self._air.unlisten(self)
        if name == "rx2":
            self._nothing_heard()

    def _nothing_heard(self) -> None:
        self._waiting = False
        then = self.device.nothing_heard(self._clock.now_us)
        if then.kind == "repeat":
            self._clock.at(then.not_before_us or 0, lambda: self._transmit(self.device.repeat(self._clock.now_us)))

    def hears(self, emission: Emission) -> bool:
        """Tell whether the open window is tuned to a frame."""
        return self._tuning is not None and self._tuning.hears(emission)

    def locked(self, emission: Emission) -> None:
        """Stay until the frame ends."""
        self._receiving = True

    def heard(self, reception: Reception) -> None:
        """Give a frame to pamoja."""
        self._receiving = False
        self._air.unlisten(self)
        self.downlinks.append((self._window, reception.data, self._clock.now_us))
        try:
            heard = self.device.heard(reception.data, round(reception.snr_db), self._window)
        except native.PamojaError as refused:
            self.errors.append(str(refused))
            if self._window == "rx2":
                self._nothing_heard()
            return
        self._waiting = False
        if heard.delivery is not None:
            self.deliveries.append(heard.delivery)
