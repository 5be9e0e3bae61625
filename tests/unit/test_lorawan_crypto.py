"""AES-CMAC, join and frames against public vectors: RFC 4493, FIPS 197, lora-packet, brocaar/lorawan."""

from binascii import unhexlify

from aes_cpython import aes
from baysense.lorawan import join
from baysense.lorawan.crypto import Key
from baysense.lorawan.frame import Frames

KEY = unhexlify("2b7e151628aed2a6abf7158809cf4f3c")  # RFC 4493 section 4
MESSAGE = unhexlify(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
MACS = (
    (0, "bb1d6929e95937287fa37d129b756746"),
    (16, "070a16b46b4d4144f79bdd9dd04a287c"),
    (40, "dfa66747de9ae63030ca32611497c827"),
    (64, "51f0bebf7e3b9d92fc49741779363cfe"),
)


def test_aes_of_fips_197() -> None:
    out, plain = bytearray(16), unhexlify("00112233445566778899aabbccddeeff")  # appendix C.1
    assert Key(bytes(range(16))).encrypt(plain, out) == unhexlify("69c4e0d86a7b0430d8cdb78070b4c55a")
    assert aes(bytes(range(16)), 1).decrypt(out, out) == plain


def test_cmac_of_rfc_4493() -> None:
    key = Key(KEY)
    for _ in range(2):  # the buffers are used again
        for size, expected in MACS:
            assert key.cmac(MESSAGE, size) == unhexlify(expected)


def test_cmac_of_a_block_and_a_message_is_that_of_both_together() -> None:
    key = Key(KEY)
    for size, expected in MACS[2:]:
        assert key.cmac(MESSAGE[16:], size - 16, bytearray(MESSAGE[:16])) == unhexlify(expected)


def test_the_uplink_of_lora_packets_readme() -> None:
    expected = unhexlify("40F17DBE4900020001954378762B11FF0D")
    nwk_skey = unhexlify("44024241ed4ce9a68c6a8bc055233fd3")
    app_skey = unhexlify("ec925802ae430ca77fd3dd73cb2cc588")
    frames = Frames(unhexlify("f17dbe49"), nwk_skey, app_skey)
    out = bytearray(255)
    assert frames.uplink(out, 2, 0, b"", 1, b"test", False) == len(expected)
    assert out[: len(expected)] == expected


def test_session_keys_of_lora_packets_tests() -> None:
    accept = join.Accept(unhexlify("20386337ccbbaa00000000000000000000"))  # AppNonce 376338, NetID aabbcc
    key = Key(unhexlify("98929b92c49edba9676d646d3b612456"))
    assert join.session_key(key, 1, accept, 0xF18E) == unhexlify("4e3d6e6afbcc67af2ba3c8e8ec4acf4b")
    assert join.session_key(key, 2, accept, 0xF18E) == unhexlify("610897aa6f1460623443b527d3ac6a9d")


def test_the_join_request_of_brocaar_lorawan() -> None:
    expected = unhexlify("00040302010403020105040302050403022d106a990e12")  # phypayload_test.go
    dev_eui, join_eui = bytes((2, 3, 4, 5, 2, 3, 4, 5)), bytes((1, 2, 3, 4, 1, 2, 3, 4))
    assert join.request(Key(bytes([1] * 16)), dev_eui, join_eui, 4141) == expected


def test_the_join_accept_of_lora_rs() -> None:
    frame = unhexlify("20493eeb51fba2116f810edb3742975142")  # lorawan-encoding/tests/lorawan.rs
    key = Key(unhexlify("00112233445566778899aabbccddeeff"))
    accept = join.opened(key, frame)
    assert accept and accept.join_nonce == unhexlify("c70b57") and accept.net_id == unhexlify("011122")
    assert accept.dev_addr == unhexlify("80190302") and accept.rx1_delay_s == 1 and accept.cflist == b""
    for at in range(len(frame)):
        wrong = bytearray(frame)
        wrong[at] ^= 1
        assert join.opened(key, bytes(wrong)) is None
    assert join.opened(key, frame[:-1]) is None and join.opened(key, b"") is None
