"""`tls` over the interpreter's own mbedTLS, with the chip's clock, memory and computing time.

This computer's mbedTLS compares certificate dates with this computer's clock, the chip's with its own: here the
board's clock decides, in the verify callback. A certificate that only this computer's clock refuses cannot be let
through and raises RuntimeError. One that is untrusted and out of date at once is reported as out of date only.
As on the chip, `close` after a handshake that failed in a read or write leaves the TCP socket open.
"""

import binascii
import errno
import time

import tls as _tls
import uselect as _select
import vb_link as _link
from tls import (
    CERT_NONE,
    CERT_OPTIONAL,
    CERT_REQUIRED,
    MBEDTLS_VERSION,
    PROTOCOL_DTLS_CLIENT,
    PROTOCOL_DTLS_SERVER,
    PROTOCOL_TLS_CLIENT,
    PROTOCOL_TLS_SERVER,
)

_POLL = 3  # MP_STREAM_POLL, py/stream.h
_CHUNK = 192  # a call to the supervisor carries the bytes as hex, for a moment on the heap of the firmware
_REFUSED = 1  # any code: what mbedTLS makes of it is replaced

# mbedtls_x509_crt_verify_info, library/x509_crt.c
_EXPIRED = "The certificate validity has expired"
_EARLY = "The certificate validity starts in the future"


class SSLContext:
    """As tls.SSLContext; the attributes and methods are the built-in's."""

    def __init__(self, protocol):
        self._context = _tls.SSLContext(protocol)
        self.verify_callback = None
        for name in ("get_ciphers", "load_cert_chain", "load_verify_locations", "set_ciphers"):
            setattr(self, name, getattr(self._context, name))

    @property
    def verify_mode(self):
        return self._context.verify_mode

    @verify_mode.setter
    def verify_mode(self, mode):
        self._context.verify_mode = mode

    def wrap_socket(self, sock, *, server_side=False, do_handshake_on_connect=True, server_hostname=None):
        _link.call("tls.begin", sock.fileno())
        judge = _Judge(sock.fileno(), self.verify_callback, self.verify_mode == CERT_REQUIRED)
        self._context.verify_callback = judge.verify
        wrap = self._context.wrap_socket
        secure = judge.explain(
            lambda: wrap(
                sock,
                server_side=server_side,
                do_handshake_on_connect=do_handshake_on_connect,
                server_hostname=server_hostname,
            )
        )
        if do_handshake_on_connect:
            _link.call("tls.sent", sock.fileno(), "")
        return _Socket(secure, sock.fileno(), judge)


class _Judge:
    """What the board thinks of the certificates of one connection."""

    def __init__(self, number, callback, dates_matter):
        self._number = number
        self._callback = callback
        self._dates_matter = dates_matter
        self._complaint = ""

    def verify(self, certificate, depth):
        """Be called by mbedTLS for each certificate, the root first."""
        refused = self._callback(certificate, depth) if self._callback else 0
        if self._dates_matter and not self._complaint:
            self._complaint = _complaint(bytes(certificate))
        return refused or (_REFUSED if self._complaint and depth == 0 else 0)

    def explain(self, act, *args):
        """Do something that may include the handshake; raise what the chip would raise."""
        try:
            return act(*args)
        except (OSError, ValueError) as error:
            failure = error
        if failure.args[0] == errno.EAGAIN:
            raise failure
        _link.call("tls.failed", self._number)
        # Outside the handler: MicroPython warns of chained exceptions on the console.
        complaint, self._complaint = self._complaint, ""
        if complaint:
            raise ValueError("\n" + complaint + "\n")
        if isinstance(failure, ValueError):
            _without_dates(failure)
        raise failure


class _Socket:
    """A TLS socket; the supervisor is told the plain text, so that it knows which answers are owed."""

    def __init__(self, secure, number, judge):
        self._secure, self._number, self._judge = secure, number, judge
        self._poll = _select.poll()
        self._poll.register(secure)
        self.cipher, self.setblocking, self.close = secure.cipher, secure.setblocking, secure.close

    def read(self, size=-1):
        return self._received(self._judge.explain(self._secure.read, size))

    def recv(self, size):
        return self._received(self._judge.explain(self._secure.recv, size))

    def readline(self):
        return self._received(self._judge.explain(self._secure.readline))

    def readinto(self, buffer, size=-1):
        size = len(buffer) if size < 0 else size
        return self._received_into(buffer, self._judge.explain(self._secure.readinto, buffer, size))

    def recv_into(self, buffer, size=0):
        return self._received_into(buffer, self._judge.explain(self._secure.recv_into, buffer, size or len(buffer)))

    def write(self, data, *bounds):
        count = self._judge.explain(self._secure.write, data, *bounds)
        if count:
            self._tell("tls.sent", memoryview(data)[:count])
        return count

    def send(self, data):
        count = self._judge.explain(self._secure.send, data)
        self._tell("tls.sent", memoryview(data)[:count])
        return count

    def sendall(self, data):
        self._judge.explain(self._secure.sendall, data)
        self._tell("tls.sent", memoryview(data))

    def ioctl(self, request, argument):
        if request != _POLL:
            return 0
        self._poll.modify(self._secure, argument)
        for _, events in self._poll.ipoll(0):
            return events
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _received(self, data):
        if data:
            self._tell("tls.received", data)
        return data

    def _received_into(self, buffer, count):
        if count:
            self._tell("tls.received", memoryview(buffer)[:count])
        return count

    def _tell(self, name, data):
        for at in range(0, len(data), _CHUNK):
            _link.call(name, self._number, binascii.hexlify(data[at : at + _CHUNK]).decode())


def _complaint(certificate):
    """Return what the board's clock has against a certificate's dates, "" if nothing."""
    begin, end = _validity(certificate)
    now = time.gmtime()[:6]
    if now < begin:
        return _EARLY
    return _EXPIRED if now > end else ""


def _validity(der):
    """Return the first and the last second of a certificate (RFC 5280, section 4.1) as tuples."""
    at = _inside(der, _inside(der, 0))  # into Certificate, into TBSCertificate
    if der[at] == 0xA0:  # version
        at = _after(der, at)
    for _ in range(3):  # serial number, signature algorithm, issuer
        at = _after(der, at)
    begin = _inside(der, at)
    return _moment(der, begin), _moment(der, _after(der, begin))


def _length(der, at):
    """Return (where the content begins, its length) of the object at an index."""
    length = der[at + 1]
    if length < 0x80:
        return at + 2, length
    count = length & 0x7F
    return at + 2 + count, int.from_bytes(der[at + 2 : at + 2 + count], "big")


def _inside(der, at):
    return _length(der, at)[0]


def _after(der, at):
    start, length = _length(der, at)
    return start + length


def _moment(der, at):
    start, length = _length(der, at)
    text = str(der[start : start + length], "utf-8")
    if der[at] == 0x17:  # UTCTime has two digits for the year, which mean 1950 to 2049
        text = ("20" if text < "5" else "19") + text
    return (int(text[:4]),) + tuple([int(text[i : i + 2]) for i in range(4, 14, 2)])


def _without_dates(error):
    """Raise the error without what this computer's clock has to say."""
    lines = str(error).split("\n")
    ours = [line for line in lines if line not in (_EXPIRED, _EARLY)]
    if len(ours) < len(lines):
        if any(ours):
            raise ValueError("\n".join(ours))
        raise RuntimeError("the board's clock accepts the certificate, this computer's does not: " + str(error))
