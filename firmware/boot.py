"""Keep a watchdog fed that outlived a soft reset: nothing stops it, and a tool in the raw REPL does not feed it."""

import machine

WATCHDOG_MS = 120_000
FEED_MS = 2_000

if machine.reset_cause() == machine.SOFT_RESET:
    watchdog = machine.WDT(timeout=WATCHDOG_MS)
    machine.Timer(0, period=FEED_MS, callback=lambda timer: watchdog.feed())
