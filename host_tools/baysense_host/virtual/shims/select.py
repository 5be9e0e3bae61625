"""`select` whose waiting passes in virtual time.

Every stream of the board is a Python object (stdin, sockets, UARTs) and is asked here: the built-in poll gives
such objects a millisecond of the host's time at every call. It is left for the rest, such as TLS sockets.
"""

import uselect as _select
import vb_link as _link
from uselect import POLLERR, POLLHUP, POLLIN, POLLOUT

_POLL = 3  # MP_STREAM_POLL, py/stream.h
_ENOENT = 2
_LOOK_US = 20  # asking the streams once, some ten bytecodes and C calls [A]


class poll:
    """As select.poll."""

    def __init__(self):
        self._asked = {}  # id -> [object, mask]
        self._others = None  # the built-in poll, once it is needed

    def register(self, obj, eventmask=POLLIN | POLLOUT):
        if hasattr(obj, "ioctl"):
            self._asked[id(obj)] = [obj, eventmask]
            return
        if self._others is None:
            self._others = _select.poll()
        self._others.register(obj, eventmask)

    def unregister(self, obj):
        if self._asked.pop(id(obj), None) is None and self._others is not None:
            self._others.unregister(obj)

    def modify(self, obj, eventmask):
        if id(obj) in self._asked:
            self._asked[id(obj)][1] = eventmask
        elif self._others is not None:
            self._others.modify(obj, eventmask)
        else:
            raise OSError(_ENOENT)

    def poll(self, timeout=-1, flags=0):
        end_us = _link.now_us() + timeout * 1000
        while True:
            _link.spend(_LOOK_US)
            now_us = _link.now_us()
            ready = self._ready(flags)
            if ready or timeout == 0:
                return ready
            if timeout < 0:
                _link.wait(-1)
            elif now_us >= end_us:
                return ready
            else:
                _link.wait(end_us - now_us)

    def ipoll(self, timeout=-1, flags=0):
        return iter(self.poll(timeout, flags))

    def _ready(self, flags):
        ready = [] if self._others is None else self._others.poll(0)
        for entry in self._asked.values():
            obj, mask = entry
            events = obj.ioctl(_POLL, mask | POLLERR | POLLHUP)
            if events < 0:
                raise OSError(-events)
            if events:
                ready.append((obj, events))
                if flags & 1:  # one shot
                    entry[1] = 0
        return ready


def select(readers, writers, errors, timeout=None):
    poller = poll()
    masks = {}
    for objects, mask in ((readers, POLLIN), (writers, POLLOUT), (errors, POLLERR | POLLHUP)):
        for item in objects:
            masks[id(item)] = masks.get(id(item), 0) | mask
            poller.register(item, masks[id(item)])
    ready = poller.poll(-1 if timeout is None else int(timeout * 1000))
    bad = POLLERR | POLLHUP
    return (
        [item for item, events in ready if events & (POLLIN | bad) and item in readers],
        [item for item, events in ready if events & (POLLOUT | bad) and item in writers],
        [item for item, events in ready if events & bad and item in errors],
    )
