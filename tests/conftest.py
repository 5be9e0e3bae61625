"""Options shared by all tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--dut",
        default="virtual",
        help="device under test of tests/node: 'virtual' (default) or a port such as /dev/ttyUSB0",
    )
