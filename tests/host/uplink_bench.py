"""A node, its broker and the city, as in production: TLS, a client certificate, the access list of docs/mqtt.md."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from baysense_host.virtual.net.certificates import Authority, Certificate
from baysense_host.virtual.net.mosquitto import Mosquitto, available
from city import City, city
from network_harness import NO_MOSQUITTO
from node_bench import BROKER, DEV_EUI, NodeBench, Plan, planned

DOCS = Path(__file__).resolve().parents[2] / "docs"
MAINS = "ESPRESSIF_ESP32_DEVKITC"
HOUR_S, DAY_S = 3600, 86_400


def needs_mosquitto() -> None:
    """Skip, aloud, where there is none."""
    if not available():
        pytest.skip(NO_MOSQUITTO)


def access_list() -> str:
    """Return what docs/mqtt.md gives a device; the city's plain listener is anonymous, and may do anything."""
    patterns = [
        line.strip() for line in (DOCS / "mqtt.md").read_text().splitlines() if line.startswith("    pattern")
    ]
    assert len(patterns) == 4
    return "\n".join(["topic readwrite #", *patterns]) + "\n"


def credentials(ca: Authority, login: Certificate) -> dict[str, bytes]:
    """Return what is uploaded to a device."""
    return {"ca": ca.der, "cert": login.der, "key": login.key_der}


@contextmanager
def secure_city(folder: Path, authority: Authority) -> Iterator[tuple[Mosquitto, City]]:
    """Run a broker that wants client certificates and keeps to the access list, with the city there."""
    needs_mosquitto()
    server = authority.server(BROKER)
    with Mosquitto(folder, server, authority, acl=access_list()) as broker, city(broker.address) as listening:
        yield broker, listening


@contextmanager
def secure_node(folder: Path, authority: Authority, **settings: Any) -> Iterator[tuple[NodeBench, City]]:
    """Run a battery node over TLS with a certificate of its own."""
    with secure_city(folder / "broker", authority) as (broker, listening):
        login = credentials(authority, authority.client(DEV_EUI))
        plan = Plan(folder, listening, tls=broker.tls_address, credentials=login, settings=settings)
        with planned(plan) as bench:
            yield bench, listening
