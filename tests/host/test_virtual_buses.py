"""I2C, SPI, UART and ADC: what works, what it costs in time, and how the chip says that it does not."""

from pathlib import Path

import pytest

from small_board import C3, CLASSIC, S3, run_program, small_board

ENODEV, ETIMEDOUT = 19, 116

MAGNETOMETER = """
import time
from machine import I2C, Pin
bus = I2C(0, scl=Pin(42), sda=Pin(41), freq=FREQ)
def attempt(act, *arguments):
    try:
        print(act(*arguments))
    except OSError as error:
        print("OSError", error.errno)
"""


def i2c(more: str, hz: int = 400_000) -> str:
    return MAGNETOMETER.replace("FREQ", str(hz)) + more


def test_i2c_reads_what_is_there(tmp_path: Path) -> None:
    program = i2c("print(bus.scan(), bus.readfrom_mem(0x1E, 0x4F, 1))\nattempt(bus.writeto, 0x1E, b'')")
    assert run_program(tmp_path, program) == ["[30] b'@'", "0"]


def test_absent_chip_does_not_acknowledge(tmp_path: Path) -> None:
    program = i2c(
        """
for act in ((bus.writeto, 0x1D, b''), (bus.readfrom, 0x1D, 1), (bus.readfrom_mem, 0x1D, 0, 1)):
    attempt(*act)
time.sleep(5)
print(bus.scan())
attempt(bus.readfrom_mem, 0x1E, 0x4F, 1)
"""
    )
    with small_board(tmp_path, program) as board:
        board.run(3)
        board.chip("iis2mdc").absent = True
        lines = board.run(10)
    assert lines[:5] == [f"OSError {ENODEV}"] * 3 + ["[]", f"OSError {ENODEV}"]


def test_stuck_bus_times_out(tmp_path: Path) -> None:
    program = i2c("attempt(bus.readfrom_mem, 0x1E, 0x4F, 1)\nprint(bus.scan())")
    with small_board(tmp_path, program, power_on=False) as board:
        board.chip("iis2mdc").holds_sda = True
        board.board.power_on()
        assert board.run(10)[:2] == [f"OSError {ETIMEDOUT}", "[]"]


def test_pins_without_a_chip_are_a_bus_without_answers(tmp_path: Path) -> None:
    program = """
    from machine import Pin, SoftI2C
    print(SoftI2C(scl=Pin(4), sda=Pin(15)).scan())
    """
    assert run_program(tmp_path, program) == ["[]"]


@pytest.mark.parametrize(("hz", "low_us", "high_us"), [(400_000, 60, 400), (100_000, 330, 700)])
def test_transfers_take_their_bits(tmp_path: Path, hz: int, low_us: int, high_us: int) -> None:
    program = i2c(
        """
begun = time.ticks_us()
bus.readfrom_mem(0x1E, 0x4F, 1)
print(time.ticks_diff(time.ticks_us(), begun))
""",
        hz,
    )
    assert low_us <= int(run_program(tmp_path, program)[0]) <= high_us


@pytest.mark.parametrize(
    ("make", "call"),
    [
        (S3, "I2C(2, scl=Pin(1), sda=Pin(2))"),
        (C3, "I2C(1, scl=Pin(1), sda=Pin(2))"),
        (CLASSIC, "I2C(0, scl=Pin(34), sda=Pin(21))"),
        (S3, "SPI(0, sck=Pin(1), mosi=Pin(2), miso=Pin(3))"),
        (C3, "SPI(2, sck=Pin(1), mosi=Pin(2), miso=Pin(3))"),
        (C3, "UART(2, tx=Pin(1), rx=Pin(2))"),
        (S3, "ADC(Pin(45))"),
        (C3, "ADC(Pin(10))"),
    ],
)
def test_what_the_chip_lacks_is_a_value_error(tmp_path: Path, make: str, call: str) -> None:
    program = f"""
    from machine import ADC, I2C, SPI, UART, Pin
    try:
        {call}
    except ValueError:
        print("refused")
    """
    assert run_program(tmp_path, program, make) == ["refused"]


class Echo:
    """A part on an SPI bus that answers with every byte inverted."""

    def exchange(self, data: bytes) -> bytes:
        return bytes(255 - byte for byte in data)


def test_spi_reaches_the_selected_part_only(tmp_path: Path) -> None:
    program = """
    from machine import SPI, Pin
    select = Pin(16, Pin.OUT, value=1)
    bus = SPI(1, 1000000, sck=Pin(15), mosi=Pin(17), miso=Pin(18))
    answer = bytearray(2)
    bus.write_readinto(b"\\x01\\x02", answer)
    print(answer)
    select(0)
    bus.write_readinto(b"\\x01\\x02", answer)
    print(answer, bus.read(1, 0x0F))
    """
    with small_board(tmp_path, program, power_on=False) as board:
        board.board.spi.attach(15, 16, Echo())
        board.board.power_on()
        lines = board.run(5)
    assert lines[:2] == ["bytearray(b'\\x00\\x00')", "bytearray(b'\\xfe\\xfd') b'\\xf0'"]


def test_uart_carries_bytes_at_their_baud_rate(tmp_path: Path) -> None:
    program = """
    import time
    from machine import UART, Pin
    uart = UART(1, 9600, tx=Pin(17), rx=Pin(18), rxbuf=16, timeout=500)
    print(uart.any(), uart.write(b"ping"))
    begun = time.ticks_ms()
    print(uart.read(4), time.ticks_diff(time.ticks_ms(), begun) // 10)
    time.sleep(1)
    print(uart.any(), uart.read())
    begun = time.ticks_ms()
    print(uart.read(1), time.ticks_diff(time.ticks_ms(), begun) // 100)
    """
    with small_board(tmp_path, program, power_on=False) as board:
        heard: list[bytes] = []

        def answer(data: bytes) -> None:
            heard.append(data)
            board.board.uart.deliver(18, 9600, b"pong" + bytes(96))
            board.board.uart.deliver(18, 115_200, b"framing errors")

        board.board.uart.attach(17, 9600, answer)
        board.board.power_on()
        lines = board.run(10)
    assert heard == [b"ping"]
    assert lines[:2] == ["0 4", "b'pong' 10"]  # 100 bytes of 10 bits
    assert lines[2] == f"12 {bytes(12)!r}"  # rxbuf was full
    assert lines[3] == "None 5"


def test_adc_measures_and_saturates(tmp_path: Path) -> None:
    program = """
    from machine import ADC, Pin
    for atten in (ADC.ATTN_0DB, ADC.ATTN_11DB):
        adc = ADC(Pin(2), atten=atten)
        print(adc.read_uv(), adc.read_u16())
    print(ADC(Pin(3)).read_u16())
    """
    with small_board(tmp_path, program, power_on=False) as board:
        board.board.adc.attach(2, lambda: 1550)
        board.board.power_on()
        lines = board.run(5)
    assert lines[0] == "950000 65535"
    microvolts, raw = (int(part) for part in lines[1].split())
    assert abs(microvolts - 1_550_000) <= 760  # one step of 12 bits
    assert abs(raw - 32768) < 40
    assert lines[2] == "0"
