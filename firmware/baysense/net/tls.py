"""TLS to one broker: its certificate must be signed by the stored CA, bear the name, and be valid today.

Dates are compared with the system clock, which the caller has set. mbedTLS on the ESP32 reads DER.
"""

import errno

import tls
from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    import socket

# What mbedTLS says (x509_crt.c), in its own words, and the short reason.
_REASONS = (
    ("not correctly signed", "untrusted"),
    ("Common Name", "name"),
    ("starts in the future", "early"),
    ("has expired", "expired"),
)
# How it looks when the broker hangs up on us, as it does after an alert that may get lost: EPIPE (MicroPython's errno
# has no name for it) and what is below 0, mbedTLS's own. Wi-Fi that is lost shows as a time-out or ECONNABORTED.
_HUNG_UP = (errno.ECONNRESET, 32)


class TlsRefused(OSError):
    """One side refused the other; `reason`: "untrusted", "name", "early", "expired", "handshake" or "credentials"."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def wrap(
    raw: "socket.socket", server_name: str, ca: "bytes | None", cert: "bytes | None", key: "bytes | None"
) -> "socket.socket":
    """Return a TLS socket over a connected, non-blocking one; the handshake goes on with its reads and writes.

    So nobody waits in it: the caller polls, feeds the watchdog and gives up in time. `explained` makes words of
    the error that a read or write raises then.
    """
    if not ca:
        raise TlsRefused("credentials", "TLS: no CA certificate is stored; upload the one of your broker")
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED  # type: ignore[attr-defined]  # not in the stubs
    problem = _load(context, ca, cert, key)
    if problem:
        raise TlsRefused("credentials", f"TLS: stored credentials cannot be read ({problem}); upload them again")
    return context.wrap_socket(raw, server_hostname=server_name, do_handshake_on_connect=False)


def _load(context: tls.SSLContext, ca: bytes, cert: "bytes | None", key: "bytes | None") -> "Exception | None":
    try:
        context.load_verify_locations(ca)
        if cert:
            context.load_cert_chain(cert, key or b"")
    except ValueError as error:
        return error
    return None


def explained(error: Exception) -> OSError:
    """Return what a failed handshake means: TlsRefused, or an OSError if network or memory are at fault."""
    text = str(error).strip().replace("\n", "; ")
    for words, reason in _REASONS:
        if words in text:
            return TlsRefused(reason, f"TLS: the broker is refused: {text}")
    if "ALLOC" in text:
        return OSError(errno.ENOMEM, "TLS: not enough memory")
    number = error.errno or 0 if isinstance(error, OSError) else 0
    if number > 0 and number not in _HUNG_UP:
        return OSError(number, "TLS: connection lost")
    return TlsRefused("handshake", f"TLS: the broker hung up: it does not take us, or speaks no TLS ({text})")
