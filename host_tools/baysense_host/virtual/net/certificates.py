"""Certificates made on the spot, for brokers and boards of tests and benches."""

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from baysense_host.errors import ToolError

if TYPE_CHECKING:
    import trustme


@dataclass(frozen=True)
class Certificate:
    """A certificate with its private key, both PEM."""

    certificate: bytes
    key: bytes

    @cached_property
    def der(self) -> bytes:
        """The certificate as a device keeps it."""
        return _der(self.certificate)

    @cached_property
    def key_der(self) -> bytes:
        """The private key as a device keeps it (SEC 1 for elliptic curves)."""
        return _der(self.key)


class Authority:
    """A certificate authority of one's own, its root valid from 2000 to 3000."""

    def __init__(self, name: str = "Virtual authority") -> None:
        try:
            import trustme
        except ImportError as error:
            raise ToolError(
                "Certificates for a TLS broker need the package trustme.", "Run: pip install trustme"
            ) from error
        self._ca = trustme.CA(organization_name=name)

    @property
    def certificate(self) -> bytes:
        """The root certificate, PEM."""
        return self._ca.cert_pem.bytes()

    @property
    def der(self) -> bytes:
        """The root certificate as a device keeps it."""
        return _der(self.certificate)

    def server(
        self, *names: str, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> Certificate:
        """Issue a certificate for host names or addresses, valid from 2000 to 3000 unless told otherwise."""
        return _kept(self._ca.issue_cert(*names, not_before=not_before, not_after=not_after))

    def client(self, name: str, not_after: datetime | None = None) -> Certificate:
        """Issue a certificate that logs a client in under a name."""
        return _kept(self._ca.issue_cert(common_name=name, not_after=not_after))

    def write(self, path: Path) -> Path:
        """Write the root certificate to a file; return its path."""
        path.write_bytes(self.certificate)
        return path


def _kept(leaf: "trustme.LeafCert") -> Certificate:
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return Certificate(chain, leaf.private_key_pem.bytes())


def _der(pem: bytes) -> bytes:
    """Return the first object of a PEM file."""
    lines = pem.decode().split("-----")[2].split()
    return base64.b64decode("".join(lines))
