"""Numbers of the link's binary requests, shared by the interpreter's shims and the supervisor.

Request:  op u8, seq u8, arg u16, spent_us u32, length of payload u32, payload.
Reply:    cells of 64 bytes. The first: seq u8, status u8, irqs u8, 0 u8, length of body u32, now_us i64,
          horizon_us i64, then the body; each further one: seq u8, then more of the body.
          Body: irq numbers u16 each, then the payload.
Cells, because a Ctrl-C may end the reading of a reply anywhere, and the next request must find its own.
"""

SYNC = 0  # let virtual time catch up with what was spent
SLEEP = 1  # payload: duration i64 [µs]; arg: 1 = light sleep, ends at a wake pin
WAIT = 2  # payload: time-out i64 [µs], -1 = for ever; ends at a poke
CALL = 3  # payload: JSON [name, arguments]; reply payload: JSON
PIN_READ = 4  # arg: pin; reply payload: level u8
PIN_WRITE = 5  # arg: pin * 2 + level
I2C = 6  # arg: bus handle; payload: address u8, stop u8, count to read u16, bytes to write
SPI = 7  # arg: bus handle; payload: bytes out; reply payload: bytes in
ADC = 8  # arg: pin; reply payload: microvolts u32

OK = 0
POKED = 1
FAILED = 2  # reply payload: JSON [exception, argument]

REQUEST = "<BBHII"
REQUEST_SIZE = 12
REPLY = "<BBBBIqq"
REPLY_SIZE = 24
CELL_SIZE = 64

TIMER_IRQ = 256  # irq numbers from here on are timers, below they are pins
