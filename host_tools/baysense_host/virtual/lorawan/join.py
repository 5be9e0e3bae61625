"""Activation: which join-requests are granted, and what the join-accept says."""

import random

from baysense_host.virtual.lorawan.device import Device, Receiving, Session
from baysense_host.virtual.lorawan.frames import session_keys
from baysense_host.virtual.lorawan.library import PamojaError, native
from baysense_host.virtual.lorawan.policy import Policy
from baysense_host.virtual.lorawan.region import Region
from baysense_host.virtual.lorawan.uplinks import Refusal

JOIN_REQUEST_BYTES = 23
JOIN_DELAY1_S = 5  # RP002-1.0.4 §3.1, the same in every region; the second window is a second later


class Registrar:
    """Grant sessions; addresses are random and never given twice."""

    def __init__(self, region: Region, policy: Policy, seed: int) -> None:
        self._region, self._policy = region, policy
        self._random = random.Random(f"{seed} DevAddr")
        self._given: set[int] = set()

    def grant(self, devices: dict[str, Device], frame: bytes) -> tuple[Session, bytes]:
        """Check a join-request; return the new session and the join-accept, or raise `Refusal`."""
        if len(frame) != JOIN_REQUEST_BYTES:
            raise Refusal("malformed")
        device = devices.get(frame[16:8:-1].hex())
        if device is None:
            raise Refusal("unknown_device")
        try:
            request = native.lorawan_parse_join_request(frame, device.app_key)
        except PamojaError:
            raise Refusal("join_mic") from None
        if request.app_eui.hex() != device.join_eui:
            raise Refusal("wrong_join_eui")
        if device.last_dev_nonce is not None and request.dev_nonce <= device.last_dev_nonce:
            raise Refusal("nonce_replayed")  # LoRaWAN 1.0.4 §6.2.4: it must rise
        device.last_dev_nonce = request.dev_nonce
        return self._activate(device, request.dev_nonce)

    def _activate(self, device: Device, dev_nonce: int) -> tuple[Session, bytes]:
        policy, region = self._policy, self._region
        rx2_dr = region.rx2_dr if policy.rx2_dr is None else policy.rx2_dr
        device.join_nonce += 1
        settings = policy.rx1_dr_offset << 4 | rx2_dr
        dev_addr, cflist = self._address(), region.cflist()
        grant = native.LorawanGrant(
            device.join_nonce,
            policy.net_id,
            dev_addr,
            settings,
            policy.rx1_delay_s,
            None if cflist is None else cflist,
        )
        nwk_skey, app_skey = session_keys(device.app_key, device.join_nonce, policy.net_id, dev_nonce)
        session = Session(
            device,
            dev_addr,
            grant.session(device.app_key, dev_nonce),
            nwk_skey,
            app_skey,
            Receiving(policy.rx1_delay_s, policy.rx1_dr_offset, region.rx2_hz, rx2_dr),
            channels_hz=dict(enumerate([*region.uplink_hz, *region.extra_hz])),
        )
        return session, grant.accept(device.app_key, dev_nonce)

    def _address(self) -> int:
        """Return a new address: 7 bits of the network's identifier, 25 of ours (LoRaWAN 1.0.4 §6.1.1)."""
        while True:
            dev_addr = (self._policy.net_id & 0x7F) << 25 | self._random.getrandbits(25)
            if dev_addr not in self._given:
                self._given.add(dev_addr)
                return dev_addr
