"""The link to the supervisor: one request at a time, answered when virtual time has come that far."""

import json
import struct
import sys

import vb_ops as _ops

_file = open(3, "r+b")  # noqa: SIM115 (open for life)
_tx = bytearray(12288)
_rx = bytearray(12288)
_tx_view = memoryview(_tx)
_rx_view = memoryview(_rx)
_first_cell = _rx_view[: _ops.CELL_SIZE]
_cell = bytearray(_ops.CELL_SIZE)
_cell_body = memoryview(_cell)[1:]
# now, horizon, spent [µs] and the sequence number; a list, so that spend() allocates nothing.
_state = [0, 0, 0, 0]

_LAST_WORDS = b'["power.flash_cut", []]'
_last = bytearray(_ops.REQUEST_SIZE) + _LAST_WORDS

handlers = {}  # irq number -> function(number), run as a scheduled callback
_due = []
_running = []
_SCHEDULE_DEPTH = 8  # MICROPY_SCHEDULER_DEPTH of ports/esp32; what comes beyond is dropped
_ERRORS = {"OSError": OSError, "ValueError": ValueError, "TypeError": TypeError, "RuntimeError": RuntimeError}


def spend(us):
    """Charge computing or flash time [µs] to the board without a request."""
    _state[2] += us


def now_us():
    """Return board time since boot [µs]; asks the supervisor when something else was due by now."""
    if _state[0] + _state[2] >= _state[1]:
        request(_ops.SYNC, 0, 0)
    return _state[0] + _state[2]


def request(op, arg, length):
    """Send a request whose payload already lies in the transmit buffer; return (status, payload view)."""
    state = _state
    seq = state[3] = (state[3] + 1) & 255
    spent = state[2]
    struct.pack_into(_ops.REQUEST, _tx, 0, op, seq, arg, spent, length)
    _file.write(_tx_view[: _ops.REQUEST_SIZE + length])
    state[2] -= spent
    _read_cell(_first_cell, seq)
    _, status, irqs, _, length, state[0], state[1] = struct.unpack_from(_ops.REPLY, _rx, 0)
    end = _ops.REPLY_SIZE + length
    got = _ops.CELL_SIZE
    while got < end:
        _read_cell(_cell, seq)
        _rx[got : got + _ops.CELL_SIZE - 1] = _cell_body
        got += _ops.CELL_SIZE - 1
    start = _ops.REPLY_SIZE + 2 * irqs
    payload = _rx_view[start:end]
    if irqs:
        payload = bytes(payload)  # a callback's own requests overwrite the receive buffer
        for at in range(_ops.REPLY_SIZE, start, 2):
            if len(_due) < _SCHEDULE_DEPTH:
                _due.append(_rx[at] | _rx[at + 1] << 8)
        _run_callbacks()
    return status, payload


def _read_cell(cell, seq):
    """Read the next cell of this request's reply; those of a request that a Ctrl-C ended are thrown away."""
    while True:
        if not _file.readinto(cell):
            raise SystemExit
        if cell[0] == seq:
            return


def _run_callbacks():
    """Run due pin and timer callbacks, never one inside another, as the ESP32's scheduler does."""
    if _running:
        return
    _running.append(1)
    try:
        while _due:
            number = _due.pop(0)
            handler = handlers.get(number)
            if handler is not None:
                _run(handler, number)
    finally:
        _running.pop()


def _run(handler, number):
    try:
        handler(number)
    except Exception as error:  # as the scheduler does: shown, and the program goes on
        print("Unhandled exception in IRQ callback handler")
        sys.print_exception(error)


def put(data):
    """Place a payload into the transmit buffer; return its length."""
    length = len(data)
    _tx[_ops.REQUEST_SIZE : _ops.REQUEST_SIZE + length] = data
    return length


def put_i64(value):
    """Place one 64-bit number into the transmit buffer; return its length."""
    struct.pack_into("<q", _tx, _ops.REQUEST_SIZE, value)
    return 8


def call(name, *args):
    """Ask the supervisor by name; raise what the chip would raise."""
    status, payload = request(_ops.CALL, 0, put(json.dumps([name, args]).encode()))
    return answer(status, payload)


def power_off():
    """Tell the supervisor that the power fails in this moment; it ends this process. Allocates nothing."""
    struct.pack_into(_ops.REQUEST, _last, 0, _ops.CALL, 0, 0, _state[2], len(_LAST_WORDS))
    _file.write(_last)
    _file.readinto(_first_cell)


def answer(status, payload):
    """Return a call's decoded answer or raise its error."""
    result = json.loads(str(payload, "utf-8")) if len(payload) else None
    if status == _ops.FAILED:
        fail(result)
    return result


def fail(result):
    """Raise the error that a failed reply carries: [class, arguments]."""
    raise _ERRORS[result[0]](*result[1])


def wait(timeout_us):
    """Block until poked (True) or the time-out [µs] is over (False); -1 waits for ever."""
    status, _ = request(_ops.WAIT, 0, put_i64(timeout_us))
    return status == _ops.POKED


def sleep_us(duration_us):
    """Sleep in board time [µs]; pin callbacks run meanwhile."""
    end = now_us() + duration_us
    while True:
        left = end - _state[0] - _state[2]
        if left <= 0:
            return
        request(_ops.SLEEP, 0, put_i64(left))
