"""Stands in for the link when a test has no supervisor behind it: waits for stdin in real time."""

import sys

import uselect

_poll = uselect.poll()
_poll.register(sys.stdin.buffer, uselect.POLLIN)
spent_us = [0]


def wait(timeout_us):
    return bool(_poll.poll(timeout_us // 1000 if timeout_us >= 0 else -1))


def spend(us):
    spent_us[0] += us
