"""The fixture `dut`: a board running the firmware, virtual or on the port that --dut names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dut import Dut
from virtual_dut import VirtualDut


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dut]:
    """The board that all tests share."""
    folder: Path = tmp_path_factory.mktemp("dut")
    port = request.config.getoption("--dut")
    if port != "virtual":
        dut = Dut(port, folder / "console.log")
        yield dut
        dut.close()
        return
    virtual = VirtualDut(folder)
    try:
        dut = Dut(str(virtual.port), folder / "console.log", virtual.power_cycle)
        dut.ready()
        yield dut
        dut.close()
    finally:
        virtual.close()


@pytest.fixture
def dut(device: Dut) -> Dut:
    """The board, freshly reset, its firmware ready and listening."""
    device.reset()
    return device
