"""machine.I2C, SoftI2C, SPI, SoftSPI and UART over the link."""

import io
import struct

import vb_link as _link
import vb_ops as _ops
from vb_pin import Pin

_POLL = 3  # MP_STREAM_POLL
_POLL_IN = 1
_POLL_OUT = 4


def _number(pin):
    return pin._id if isinstance(pin, Pin) else Pin(pin)._id


class SoftI2C:
    """An I2C bus; every transfer costs its bits in virtual time."""

    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        self._open(None, scl, sda, freq)

    def _open(self, id, scl, sda, freq):
        self._handle = _link.call("i2c.open", id, _number(scl), _number(sda), freq)

    def scan(self):
        return _link.call("i2c.scan", self._handle)

    def _transfer(self, address, count, data, stop=True):
        view = _link._tx
        struct.pack_into("<BBH", view, _ops.REQUEST_SIZE, address, 1 if stop else 0, count)
        length = len(data)
        at = _ops.REQUEST_SIZE + 4
        view[at : at + length] = data
        status, payload = _link.request(_ops.I2C, self._handle, 4 + length)
        if status == _ops.FAILED:
            _link.answer(status, payload)
        return payload

    def readfrom(self, addr, nbytes, stop=True):
        return bytes(self._transfer(addr, nbytes, b""))

    def readfrom_into(self, addr, buf, stop=True):
        buf[:] = self._transfer(addr, len(buf), b"")

    def writeto(self, addr, buf, stop=True):
        self._transfer(addr, 0, buf, stop)
        return len(buf)

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join(vector), stop)

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        return bytes(self._transfer(addr, nbytes, memaddr.to_bytes(addrsize // 8, "big")))

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        buf[:] = self._transfer(addr, len(buf), memaddr.to_bytes(addrsize // 8, "big"))

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self._transfer(addr, 0, memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))


class I2C(SoftI2C):
    """A hardware I2C bus."""

    def __init__(self, id=0, *, scl, sda, freq=400000, timeout=50000):
        self._open(id, scl, sda, freq)


class SoftSPI:
    """An SPI bus."""

    MSB = 0
    LSB = 1

    def __init__(self, baudrate=500000, *, polarity=0, phase=0, bits=8, firstbit=0, sck, mosi, miso):
        self._open(None, sck, mosi, miso, baudrate)

    def _open(self, id, sck, mosi, miso, baudrate):
        self._pins = (id, _number(sck), _number(mosi), _number(miso))
        self._handle = _link.call("spi.open", *self._pins, baudrate)

    def init(self, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=0):
        self._handle = _link.call("spi.open", *self._pins, baudrate)

    def deinit(self):
        pass

    def _transfer(self, data):
        status, payload = _link.request(_ops.SPI, self._handle, _link.put(data))
        if status == _ops.FAILED:
            _link.answer(status, payload)
        return payload

    def read(self, nbytes, write=0):
        return bytes(self._transfer(bytes([write]) * nbytes))

    def readinto(self, buf, write=0):
        buf[:] = self._transfer(bytes([write]) * len(buf))

    def write(self, buf):
        self._transfer(buf)

    def write_readinto(self, write_buf, read_buf):
        read_buf[:] = self._transfer(write_buf)


class SPI(SoftSPI):
    """A hardware SPI bus."""

    def __init__(self, id=1, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=0, sck, mosi, miso):
        self._open(id, sck, mosi, miso, baudrate)


class UART(io.IOBase):
    """A UART; reads wait up to `timeout` ms for the first byte, as on ports/esp32."""

    def __init__(self, id, baudrate=115200, bits=8, parity=None, stop=1, *, tx=-1, rx=-1, rxbuf=256, timeout=0, **kw):
        self._id = id
        self._timeout_ms = timeout
        self._pins = (-1 if tx == -1 else _number(tx), -1 if rx == -1 else _number(rx))
        self._rxbuf = rxbuf
        self.init(baudrate)

    def init(self, baudrate=115200, **kw):
        _link.call("uart.open", self._id, self._pins[0], self._pins[1], baudrate, self._rxbuf)

    def deinit(self):
        _link.call("uart.close", self._id)

    def any(self):
        return _link.call("uart.any", self._id)

    def read(self, nbytes=-1):
        return self._take(nbytes) or None

    def readinto(self, buf, nbytes=-1):
        data = self._take(len(buf) if nbytes < 0 else nbytes)
        buf[: len(data)] = data
        return len(data) or None

    def readline(self):
        line = b""
        while not line.endswith(b"\n"):
            byte = self._take(1)
            if not byte:
                break
            line += byte
        return line or None

    def write(self, buf):
        return _link.call("uart.write", self._id, bytes(buf).hex())

    def flush(self):
        pass

    def txdone(self):
        return True

    def ioctl(self, request, argument):
        if request != _POLL:
            return 0
        return argument & (_POLL_OUT | (_POLL_IN if self.any() else 0))

    def _take(self, count):
        if self._timeout_ms and not self.any():
            end = _link.now_us() + self._timeout_ms * 1000
            while not self.any() and _link.now_us() < end:
                _link.wait(end - _link.now_us())
        return bytes.fromhex(_link.call("uart.read", self._id, count))
