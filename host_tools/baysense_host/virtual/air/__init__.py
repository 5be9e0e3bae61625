"""The air: LoRa frames on their way between virtual boards and gateways."""

from baysense_host.virtual.air.air import Air
from baysense_host.virtual.air.emission import Emission, Reception, Tuning
from baysense_host.virtual.air.gateway import Gateway, Uplink

__all__ = ["Air", "Emission", "Gateway", "Reception", "Tuning", "Uplink"]
