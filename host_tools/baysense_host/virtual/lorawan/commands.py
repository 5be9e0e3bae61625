"""MAC commands: answers to what a device asks, requests to it, and what its answers change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from baysense_host.virtual.lorawan import adr
from baysense_host.virtual.lorawan.device import Request, Session
from baysense_host.virtual.lorawan.library import native
from baysense_host.virtual.lorawan.policy import MAX_TRIES

LINK_CHECK, LINK_ADR, DUTY_CYCLE, RX_PARAM_SETUP, DEV_STATUS = 0x02, 0x03, 0x04, 0x05, 0x06
NEW_CHANNEL, RX_TIMING_SETUP, TX_PARAM_SETUP, DL_CHANNEL, DEVICE_TIME = 0x07, 0x08, 0x09, 0x0A, 0x0D

Command = native.LorawanMacCommand


@dataclass(frozen=True)
class Reception:
    """What an answer may tell a device about its uplink."""

    margin_db: int
    gateways: int
    gps_us: int  # the end of the uplink in microseconds since the GPS epoch


def downlink(cid: int, **fields: int | bool) -> Command:
    """Return a command of the network."""
    return Command(cid, "Downlink", **fields)  # type: ignore[arg-type]


def answers(commands: Iterable[Command], reception: Reception) -> bytes:
    """Return the network's answers to what an uplink asks."""
    out = b""
    for command in commands:
        if command.cid == LINK_CHECK:
            margin = min(max(reception.margin_db, 0), 254)
            out += downlink(LINK_CHECK, margin=margin, gateways=reception.gateways).encode()
        elif command.cid == DEVICE_TIME:
            seconds, rest_us = divmod(reception.gps_us, 1_000_000)
            out += downlink(DEVICE_TIME, seconds=seconds, fraction=rest_us * 256 // 1_000_000).encode()
    return out


def ask(session: Session, requested: Sequence[Command]) -> None:
    """Queue commands; those of one identifier are one request, which waits for the one before it to be answered."""
    for cid in dict.fromkeys(command.cid for command in requested):
        block = [command for command in requested if command.cid == cid]
        request = Request(block, b"".join(command.encode() for command in block))
        session.requests.setdefault(cid, []).append(request)


def open_requests(session: Session) -> list[Request]:
    """Return what is to be sent: the oldest of each identifier."""
    return [waiting[0] for waiting in session.requests.values() if waiting]


def give_up(session: Session) -> int:
    """Drop what was sent often enough without an answer; return how many requests that were."""
    dropped = 0
    for cid, waiting in session.requests.items():
        if waiting and waiting[0].tries >= MAX_TRIES:
            del waiting[0]
            dropped += 1
            if cid == LINK_ADR:
                session.adr_pause = adr.PAUSE
    return dropped


def settle(session: Session, commands: Sequence[Command]) -> None:
    """Match a device's answers with the requests they belong to; apply what was accepted."""
    for cid in dict.fromkeys(command.cid for command in commands):
        waiting = session.requests.get(cid)
        if not waiting or not waiting[0].tries:
            continue  # a question of the device, or an answer repeated until a downlink reaches it
        request = waiting.pop(0)
        answered = [command for command in commands if command.cid == cid]
        accepted = len(answered) >= len(request.commands) and all(map(_accepted, answered))
        session.device.answers.append((answered[0].kind, accepted))
        if accepted and cid in _APPLY:
            _APPLY[cid](session, request.commands, answered)
        elif cid == LINK_ADR:
            session.adr_pause = adr.PAUSE


def _accepted(answer: Command) -> bool:
    """Tell whether no bit of an answer refuses; answers without such bits always accept."""
    bits = {
        LINK_ADR: (answer.power_ack, answer.data_rate_ack, answer.channel_mask_ack),
        RX_PARAM_SETUP: (answer.rx1_offset_ack, answer.rx2_data_rate_ack, answer.channel_ack),
        NEW_CHANNEL: (answer.data_rate_range_ok, answer.frequency_ok),
        DL_CHANNEL: (answer.frequency_ok, answer.uplink_frequency_exists),
    }
    return all(bits.get(answer.cid, ()))


def _known(value: int | None) -> int:
    assert value is not None  # pamoja fills every field of a command that it has read or built
    return value


def _link_adr(session: Session, asked: list[Command], answered: list[Command]) -> None:
    last = asked[-1]  # of a block the last one counts, LoRaWAN 1.0.4 §5.3
    dr, tx_power = _known(last.data_rate), _known(last.tx_power)
    session.dr = session.dr if dr == 15 else dr
    session.tx_power = session.tx_power if tx_power == 15 else tx_power
    session.transmissions = last.transmissions or session.transmissions


def _rx_param_setup(session: Session, asked: list[Command], answered: list[Command]) -> None:
    receiving = session.receiving
    receiving.rx1_dr_offset = _known(asked[-1].rx1_offset)
    receiving.rx2_dr = _known(asked[-1].rx2_data_rate)
    receiving.rx2_hz = _known(asked[-1].frequency_hz)


def _rx_timing_setup(session: Session, asked: list[Command], answered: list[Command]) -> None:
    session.receiving.rx1_delay_s = _known(asked[-1].delay) or 1  # 0 means 1 s, LoRaWAN 1.0.4 §5.7


def _new_channel(session: Session, asked: list[Command], answered: list[Command]) -> None:
    for command in asked:
        session.channels_hz[_known(command.index)] = _known(command.frequency_hz)


def _dl_channel(session: Session, asked: list[Command], answered: list[Command]) -> None:
    for command in asked:
        uplink_hz = session.channels_hz.get(_known(command.index))
        if uplink_hz is not None:
            session.receiving.downlink_hz[uplink_hz] = _known(command.frequency_hz)


def _dev_status(session: Session, asked: list[Command], answered: list[Command]) -> None:
    session.device.battery, session.device.margin_db = answered[-1].battery, answered[-1].snr_margin


_APPLY: dict[int, Callable[[Session, list[Command], list[Command]], None]] = {
    LINK_ADR: _link_adr,
    RX_PARAM_SETUP: _rx_param_setup,
    DEV_STATUS: _dev_status,
    NEW_CHANNEL: _new_channel,
    RX_TIMING_SETUP: _rx_timing_setup,
    DL_CHANNEL: _dl_channel,
}
