"""What acts of the chip cost in time, each number with its source. The ledger turns time into charge.

Marks: [S] read in the named source, [A] assumed here until measured on hardware.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SocCosts:
    """Times of one chip [µs]."""

    boot_us: int
    boot_after_deep_sleep_us: int
    request_us: int
    tls_handshake_us: int


# upy-esp32-experiments "OptimisingMicropythonBootTime" [S]: ESP32-S3 635 ms from wake to main.py, of it 217 ms
# image validation, which current builds skip after deep sleep. ESP32 classic 690 ms (forum p53592 [S]), the same
# share of validation [A]. ESP32-C3: single core at 160 MHz, taken as the S3 times 1.3 [A].
# request_us: interpreter time around one bus, pin or clock act. MicroPython runs some 100 times slower on the
# chip than on a PC (perf_bench figures); a driver call is about 30 bytecodes and one C call [A].
COSTS = {
    "esp32": SocCosts(boot_us=690_000, boot_after_deep_sleep_us=454_000, request_us=150, tls_handshake_us=1_500_000),
    "esp32s3": SocCosts(
        boot_us=635_000, boot_after_deep_sleep_us=418_000, request_us=120, tls_handshake_us=1_500_000
    ),
    "esp32c3": SocCosts(
        boot_us=825_000, boot_after_deep_sleep_us=543_000, request_us=190, tls_handshake_us=1_950_000
    ),
}

CLOCK_READ_US = 4  # time.ticks_ms() from bytecode [A]
SOFT_RESET_US = 150_000  # heap and file system set up again, no ROM, no image validation [A]
BROWN_OUT_RECOVERY_US = 50_000  # supply back above the threshold [A]

# Python objects are larger on this 64-bit interpreter than on a 32-bit chip. Loaded with the same bytecode, the
# firmware's modules and chumicro-mqtt take 131,040 bytes here and 94,992 on the 32-bit WebAssembly build: a ratio of
# 1.38 (bench part node measures it anew). A heap limit is given in the chip's KiB and multiplied by somewhat less.
HEAP_PERCENT = 130
