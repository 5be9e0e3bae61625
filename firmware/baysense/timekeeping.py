"""The system clock, by which certificates are judged: never before the time floor, set by the time server daily."""

import time

from micropython import const

import baysense
from baysense.core import faults
from baysense.recall import PHASE_WIFI
from baysense.storage import timefloor

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from baysense.node import Node

_SYNC_S = const(86_400)  # asleep the clock is wrong by 1 %: a quarter of an hour a day, enough to judge certificates
_LIFE_S = const(631_152_000)  # 20 years: no firmware is older than that
_STEP_S = const(2_592_000)  # 30 days: what a false time that the broker's certificate bears out costs at most
_FRESH_S = const(30)  # from the time server's answer to a broker that is logged in to: 5 s TCP, 10 s TLS


def set_clock(node: "Node", ntp_host: str) -> None:
    """Set the system clock to the time floor at least, and by the time server once a day."""
    recall = node.recall
    floor_s = max(baysense.BUILT_S, timefloor.stored_s(node.root))
    if time.time() < floor_s:
        _set(node, floor_s)
        recall.synced_s = 0
    if not ntp_host or (recall.synced_s and 0 <= node.clock_s() - recall.synced_s < _SYNC_S):
        return
    from baysense.net import sntp

    try:
        take(node, sntp.ask(ntp_host), floor_s)
    except OSError as error:
        print("time:", error)  # the floor stands in


def take(node: "Node", now_s: int, floor_s: int = baysense.BUILT_S) -> None:
    """Set the system clock as the network says [s since 2000], unless that cannot be."""
    if not floor_s <= now_s < baysense.BUILT_S + _LIFE_S:
        print("time: the network's time lies before the time floor, or decades ahead")
        node.fault(faults.TIME_REFUSED)
        return
    _set(node, now_s)
    node.recall.synced_s = max(1, node.clock_s())  # 0: never


def raise_floor(node: "Node") -> None:
    """Raise the floor to a time at which the broker's certificate was found valid: no time server can alone.

    Once for an answer of the time server, and by a month at most: one false answer shuts the true ones out no longer.
    """
    synced_s = node.recall.synced_s
    if synced_s and 0 <= node.clock_s() - synced_s < _FRESH_S:
        floor_s = max(baysense.BUILT_S, timefloor.stored_s(node.root))
        timefloor.keep(node.root, min(int(time.time()), floor_s + _STEP_S))


def _set(node: "Node", now_s: int) -> None:
    """Set the system clock to this second, the fraction as it is: device time goes on as before."""
    time_us = time.time_ns() // 1000
    node.recall.base_s += now_s - time_us // 1_000_000
    node.board.set_time(now_s, time_us % 1_000_000)
    node.recall.save(node.board, PHASE_WIFI)  # the radio is on
