"""Chip models on the virtual board, by the names that board.json uses."""

from baysense_host.virtual.chips.a02yyuw import A02YYUW
from baysense_host.virtual.chips.battery import Battery
from baysense_host.virtual.chips.button import Button
from baysense_host.virtual.chips.chip import Chip
from baysense_host.virtual.chips.iis2mdc import IIS2MDC
from baysense_host.virtual.chips.led import Led
from baysense_host.virtual.chips.qmc5883l import QMC5883L
from baysense_host.virtual.chips.sx1262 import SX1262
from baysense_host.virtual.chips.sx1276 import SX1276

CHIPS: dict[str, type[Chip]] = {
    "iis2mdc": IIS2MDC,
    "lis2mdl": IIS2MDC,  # same die and register map: ST ships the same driver for both
    "qmc5883l": QMC5883L,
    "a02yyuw": A02YYUW,
    "battery": Battery,
    "button": Button,
    "led": Led,
    "sx1262": SX1262,
    "sx1276": SX1276,
}
