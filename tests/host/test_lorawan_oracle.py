"""The firmware's frames on real MicroPython against two others: npm lora-packet and pamoja, byte for byte."""

from dataclasses import dataclass
from random import Random

import pytest
from pamoja import _native as native

from baysense_host.virtual.lorawan.frames import session_keys, without_port
from firmware_frames import firmware
from frame_oracle import data_question, oracle
from line_process import Answer

SESSIONS, JOINS = 300, 50
_ADR, _ADR_ACK_REQ, _ACK, _FPENDING = 0x80, 0x40, 0x20, 0x10
_EDGES = (0, 1, 0xFFFF, 0x1_0000, 0x1_0001, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE)
_SIZES = (0, 1, 15, 16, 17, 31, 32, 33, 221, 222)
_PORTS = (None, 0, 1, 2, 3, 10, 222, 223)


@dataclass
class Case:
    """One session and one frame of it."""

    dev_addr: int
    nwk_skey: bytes
    app_skey: bytes
    fcnt: int
    fport: int | None
    fopts: bytes
    payload: bytes
    confirmed: bool
    fctrl: int

    @property
    def codec(self) -> native.LorawanSession:
        """pamoja's side of the session."""
        return native.LorawanSession(self.dev_addr, self.nwk_skey, self.app_skey)

    def question(self, op: str, **more: object) -> dict[str, object]:
        """Return a question to the firmware."""
        dev_addr = self.dev_addr.to_bytes(4, "little").hex()
        keys = {"nwk_skey": self.nwk_skey.hex(), "app_skey": self.app_skey.hex()}
        return {"op": op, "dev_addr": dev_addr, **keys, **more}

    def asked(self, frame: bytes) -> dict[str, object]:
        """Return a question to lora-packet."""
        return data_question(frame, self.nwk_skey.hex(), self.app_skey.hex(), self.fcnt)


def cases(seed: int, bits: int) -> list[Case]:
    """Return random frames; bits: which of FCtrl may be set."""
    random = Random(seed)
    made = []
    for number in range(SESSIONS):
        fport = _PORTS[number % len(_PORTS)] if number % 3 else random.randrange(1, 224)
        size = 0 if fport is None else _SIZES[number % len(_SIZES)] if number % 2 else random.randrange(223)
        fopts = b"" if fport == 0 else random.randbytes(random.randrange(16))
        fcnt = random.choice(_EDGES) if number % 4 == 0 else random.getrandbits(random.choice((8, 16, 17, 24, 32)))
        made.append(
            Case(
                random.getrandbits(32),
                random.randbytes(16),
                random.randbytes(16),
                min(fcnt, 0xFFFF_FFFE),
                fport,
                fopts,
                random.randbytes(size),
                fport is not None and random.random() < 0.5,
                random.getrandbits(8) & bits,
            )
        )
    return made


def same(case: Case, answer: Answer) -> bool:
    """Tell whether lora-packet has read what the case holds, and would write the same."""
    return (
        answer["mic"] is True
        and answer["dev_addr"] == f"{case.dev_addr:08x}"
        and answer["fcnt"] == case.fcnt & 0xFFFF
        and answer["fport"] == case.fport
        and answer["fopts"] == case.fopts.hex()
        and answer["payload"] == case.payload.hex()
        and answer["adr"] == bool(case.fctrl & _ADR)
        and answer["ack"] == bool(case.fctrl & _ACK)
    )


def test_300_random_uplinks_agree() -> None:
    made = cases(1, _ADR | _ADR_ACK_REQ | _ACK)
    ours = firmware().ask_all(
        case.question(
            "uplink",
            fcnt=case.fcnt,
            fctrl=case.fctrl,
            fopts=case.fopts.hex(),
            fport=case.fport,
            payload=case.payload.hex(),
            confirmed=case.confirmed,
        )
        for case in made
    )
    frames = [bytes.fromhex(answer["frame"]) for answer in ours]
    for case, frame in zip(made, frames, strict=True):
        if case.fport is None:
            read = case.codec.decode(frame, case.fcnt)
            assert (read.fport, bytes(read.fopts), read.ack) == (None, case.fopts, bool(case.fctrl & _ACK))
            continue
        assert frame == case.codec.encode_uplink(
            case.fcnt,
            case.fport,
            case.payload,
            confirmed=case.confirmed,
            adr=bool(case.fctrl & _ADR),
            ack=bool(case.fctrl & _ACK),
            fopts=case.fopts,
            adr_ack_req=bool(case.fctrl & _ADR_ACK_REQ),
        )
    answers = oracle().ask_all(case.asked(frame) for case, frame in zip(made, frames, strict=True))
    for case, frame, answer in zip(made, frames, answers, strict=True):
        assert same(case, answer) and answer["again"] == frame.hex(), (case, answer)
        assert answer["adr_ack_req"] == bool(case.fctrl & _ADR_ACK_REQ)
        assert answer["type"] == ("Confirmed Data Up" if case.confirmed else "Unconfirmed Data Up")


def downlink(case: Case) -> bytes:
    """Return a downlink as the network server builds it."""
    ack, fpending = bool(case.fctrl & _ACK), bool(case.fctrl & _FPENDING)
    if case.fport is None:
        return without_port(case.nwk_skey, case.dev_addr, case.fcnt, ack, fpending, case.fopts)
    return case.codec.encode_downlink(
        case.fcnt,
        case.fport,
        case.payload,
        confirmed=case.confirmed,
        adr=bool(case.fctrl & _ADR),
        ack=ack,
        fpending=fpending,
        fopts=case.fopts,
    )


def test_300_random_downlinks_agree() -> None:
    random = Random(3)
    made = cases(2, _ACK | _FPENDING)
    frames = [downlink(case) for case in made]
    answers = oracle().ask_all(case.asked(frame) for case, frame in zip(made, frames, strict=True))
    lasts = [max(case.fcnt - random.randrange(1, 0x1_0001), -1) for case in made]
    ours = firmware().ask_all(
        case.question("downlink", frame=frame.hex(), last=last)
        for case, frame, last in zip(made, frames, lasts, strict=True)
    )
    for case, frame, answer, got in zip(made, frames, answers, ours, strict=True):
        assert same(case, answer) and answer["again"] == frame.hex(), (case, answer)
        on_port_0 = case.fport == 0
        assert got == {
            "fcnt": case.fcnt,
            "confirmed": case.confirmed,
            "ack": answer["ack"],
            "fpending": answer["fpending"],
            "commands": case.payload.hex() if on_port_0 else case.fopts.hex(),
            "fport": None if on_port_0 else case.fport,
            "payload": "" if on_port_0 else case.payload.hex(),
        }


def test_300_damaged_downlinks_are_refused_by_all_three() -> None:
    random = Random(4)
    made = cases(5, _ACK | _FPENDING)
    damaged = []
    for case in made:
        frame = bytearray(downlink(case))
        place = random.randrange(8, len(frame))  # header and counter change what is asked
        frame[place] ^= 1 << random.randrange(8)
        damaged.append(bytes(frame))
    answers = oracle().ask_all(case.asked(frame) for case, frame in zip(made, damaged, strict=True))
    ours = firmware().ask_all(
        case.question("downlink", frame=frame.hex(), last=case.fcnt - 1)
        for case, frame in zip(made, damaged, strict=True)
    )
    for case, frame, answer, got in zip(made, damaged, answers, ours, strict=True):
        assert answer["mic"] is False and got == {"refused": True}
        with pytest.raises(Exception, match="MIC"):
            case.codec.decode(frame, case.fcnt)


def test_a_downlink_is_taken_once_and_never_an_older_one() -> None:
    case = cases(6, 0)[1]
    case.fcnt = 70_000
    frame = downlink(case).hex()
    lasts = (70_000, 70_001, 70_000 + 0xFFFF, 69_999, 70_000 - 0x1_0000)
    ours = firmware().ask_all(case.question("downlink", frame=frame, last=last) for last in lasts)
    assert [got.get("fcnt") for got in ours] == [None, None, None, 70_000, 70_000]


@pytest.mark.parametrize("with_list", [False, True])
def test_random_joins_agree(with_list: bool) -> None:
    random = Random(7)
    for _ in range(JOINS):
        app_key, dev_eui, join_eui = random.randbytes(16), random.randbytes(8), random.randbytes(8)
        dev_nonce, join_nonce, net_id = random.getrandbits(16), random.getrandbits(24), random.getrandbits(24)
        dev_addr, delay_s = random.getrandbits(32), random.randrange(16)
        settings = random.randrange(8) << 4 | random.randrange(16)
        cflist = random.randbytes(15) + b"\0" if with_list else None
        asked = {"app_key": app_key.hex(), "dev_nonce": dev_nonce}
        device = native.LorawanDevice(dev_eui, join_eui, app_key)

        request = device.join_request(dev_nonce)
        ours = firmware().ask(op="join_request", dev_eui=dev_eui.hex(), join_eui=join_eui.hex(), **asked)
        assert ours["frame"] == request.hex()
        theirs = oracle().join_request(request, app_key)
        assert theirs == {
            "join_eui": join_eui.hex(),
            "dev_eui": dev_eui.hex(),
            "dev_nonce": f"{dev_nonce:04x}",
            "mic": True,
            "again": request.hex(),
        }

        accept = native.LorawanGrant(join_nonce, net_id, dev_addr, settings, delay_s, cflist).accept(
            app_key, dev_nonce
        )
        ours = firmware().ask(op="join_accept", frame=accept.hex(), **asked)
        theirs = oracle().join_accept(accept, app_key, dev_nonce)
        keys = session_keys(app_key, join_nonce, net_id, dev_nonce)
        assert theirs["mic"] is True and theirs["again"] == accept.hex()
        assert (theirs["nwk_skey"], theirs["app_skey"]) == (keys[0].hex(), keys[1].hex())
        assert (theirs["dev_addr"], theirs["cflist"]) == (f"{dev_addr:08x}", (cflist or b"").hex())
        assert ours == {
            "join_nonce": join_nonce.to_bytes(3, "little").hex(),
            "net_id": net_id.to_bytes(3, "little").hex(),
            "dev_addr": dev_addr.to_bytes(4, "little").hex(),
            "rx1_offset": settings >> 4,
            "rx2_rate": settings & 15,
            "rx1_delay_s": delay_s or 1,
            "cflist": (cflist or b"").hex(),
            "nwk_skey": keys[0].hex(),
            "app_skey": keys[1].hex(),
        }
        place = random.randrange(1, len(accept))
        damaged = accept[:place] + bytes([accept[place] ^ 1]) + accept[place + 1 :]
        assert firmware().ask(op="join_accept", frame=damaged.hex(), **asked) == {"refused": True}
        assert oracle().join_accept(damaged, app_key, dev_nonce).get("mic") is not True


def test_cmac_of_rfc_4493() -> None:
    key = "2b7e151628aed2a6abf7158809cf4f3c"
    message = (
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    expected = {
        0: "bb1d6929e95937287fa37d129b756746",
        16: "070a16b46b4d4144f79bdd9dd04a287c",
        40: "dfa66747de9ae63030ca32611497c827",
        64: "51f0bebf7e3b9d92fc49741779363cfe",
    }
    for length, cmac in expected.items():
        assert firmware().ask(op="cmac", key=key, message=message[: 2 * length]) == {"cmac": cmac}


def test_public_vectors() -> None:
    """lora-packet's README: an uplink, a join-request, a join-accept; its key_gen test: the session keys."""
    case = Case(
        0x49BE7DF1,
        bytes.fromhex("44024241ed4ce9a68c6a8bc055233fd3"),
        bytes.fromhex("ec925802ae430ca77fd3dd73cb2cc588"),
        2,
        1,
        b"",
        b"test",
        False,
        0,
    )
    built = firmware().ask(
        **case.question("uplink", fcnt=2, fctrl=0, fopts="", fport=1, payload=b"test".hex(), confirmed=False)
    )
    assert built["frame"] == "40f17dbe4900020001954378762b11ff0d"

    app_key = "b6b53f4a168a7a88bdf7ea135ce9cfca"
    built = firmware().ask(
        op="join_request", app_key=app_key, dev_eui="00afee7cf5ed6f1e", join_eui="70b3d57ed00000dc", dev_nonce=0xCC85
    )
    assert built["frame"] == "00dc0000d07ed5b3701e6fedf57ceeaf0085cc587fe913"

    accept = "204dd85ae608b87fc4889970b7d2042c9e72959b0057aed6094b16003df12de145"
    got = firmware().ask(op="join_accept", app_key=app_key, frame=accept, dev_nonce=0)
    assert (got["join_nonce"], got["net_id"], got["dev_addr"]) == ("3a06e5", "130000", "432e0126")
    assert got["cflist"] == "184f84e85684b85e84886684586e8400"

    keys = session_keys(bytes.fromhex("98929b92c49edba9676d646d3b612456"), 0x376338, 0xAABBCC, 0xF18E)
    assert keys[0].hex() == "4e3d6e6afbcc67af2ba3c8e8ec4acf4b"
    assert keys[1].hex() == "610897aa6f1460623443b527d3ac6a9d"
