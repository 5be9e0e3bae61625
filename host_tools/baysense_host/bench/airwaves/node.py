"""One node of the town: its process, asleep or awake, between two failures of its supply.

A wake is begun in the process as soon as it is known when it will be: until its first frame is on the air, nothing
that happens meanwhile can change it. So nodes work while the town goes on. From then on the process stores nothing
before its time has come, for the supply may fail.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from baysense_host.bench.airwaves.app import App
from baysense_host.bench.airwaves.diary import Diary, Look
from baysense_host.bench.airwaves.modem import Modem
from baysense_host.bench.airwaves.process import Process
from baysense_host.bench.airwaves.script import Cut, Story
from baysense_host.virtual.air import Air, Reception
from baysense_host.virtual.clock import Token

_MOST_DRIFT_PPM = 3000  # of the clock of a sleeping chip (virtual.clock.RcClock)
_RESTART_US = 200_000  # from the supply's return to the program, about
_AT_ONCE_US = 100_000  # the wake pin was active when the chip fell asleep


class Node:
    """A process on the line, and what the town knows of it."""

    def __init__(self, app: App, air: Air, folder: Path, dev_eui: str, app_key: bytes, story: Story) -> None:
        self.name = folder.name
        self.dev_eui, self.app_key = dev_eui, app_key
        self.diary = Diary()
        self.story = story
        self._app, self._clock, self._folder = app, air.clock, folder
        self._modem = Modem(air, self.name)
        self._drift_ppm = Random(self.name).randint(-_MOST_DRIFT_PPM, _MOST_DRIFT_PPM)
        self._process: Process | None = None
        self._lives = 0
        self._cuts = list(reversed(story.cuts))
        self._cut: Cut | None = None  # that happens in this wake
        self._plans: list[Token] = []  # of this wake
        self._ahead_us = 0  # the node's clock less the town's
        self._looked_us = 0
        self._clock.at(story.starts_us, partial(self._start, "power"))

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _start(self, cause: str) -> None:
        self._lives += 1
        seed = Random(f"{self.name} {self._lives}").getrandbits(30)
        self._process = Process(self._app, self._folder, self.dev_eui, self.app_key, seed)
        self._wake(self._clock.now_us + _RESTART_US, cause)

    def _wake(self, at_us: int, cause: str) -> None:
        """Let the process begin a wake; what it does is looked at when the time has come."""
        if self._cuts and self._cuts[-1].at_us <= at_us:
            self._cut = self._cuts.pop()
        operations = self._cut.operations if self._cut is not None and self._cut.kind == "storage" else 0
        state = self.story.state(at_us)
        self.diary.looks.append(Look(at_us, state, cause in ("power", "reset")))
        self._looked_us = at_us
        self._line.tell("w", at_us, at_us + self._ahead_us, cause, state, operations)
        self._plans = []
        self._clock.at(at_us, self._follow)

    def _follow(self) -> None:
        """Take what the process says until it waits for an answer."""
        words = self._line.hear()
        while words[0] in ("s", "m"):
            if words[0] == "s":
                at_us, freq_hz, sf, bw_khz, power_dbm = map(int, words[1:6])
                self._send(at_us, partial(self._modem.send, freq_hz, sf, bw_khz, power_dbm, bytes.fromhex(words[6])))
            else:
                self.diary.looks[-1].whole = True
            words = self._line.hear()
        at_us, system_us = int(words[1]), int(words[2])
        self._ahead_us = system_us - at_us
        self._plan(at_us, self._next_act(words[0], words[3:]))

    def _next_act(self, word: str, rest: list[str]) -> Callable[[], None]:
        """Return what to do when the time of the process's last word has come."""
        if word == "r":
            timeout_ms, freq_hz, sf, bw_khz, symbols = map(int, rest)
            return partial(self._modem.open, freq_hz, sf, bw_khz, symbols, timeout_ms * 1000, self._answer)
        if word == "p":
            return self._go_on
        if word == "d":
            return partial(self._sleep, int(rest[0]))
        if word == "x":
            return self._fail
        self.diary.crashes.append(" ".join(rest))
        return self._crash

    def _send(self, at_us: int, send: Callable[[], None]) -> None:
        self._plan(at_us, send)
        if self._cut is not None and self._cut.kind == "air":
            self._plan(at_us + self._cut.after_us, self._fail)

    def _answer(self, reception: Reception | None) -> None:
        """Tell the process what its window heard, and follow it."""
        now_us = self._clock.now_us
        if reception is None:
            self._line.tell("n", now_us)
        else:
            level = round(reception.signal_dbm), round(reception.snr_db)
            self._line.tell("h", now_us, *level, reception.data.hex())
        self._follow()

    def _go_on(self) -> None:
        self._line.tell("g", self._clock.now_us)
        self._follow()

    def _sleep(self, sleep_ms: int) -> None:
        """Sleep until the timer or the wake pin, if the supply holds."""
        if self._cut is not None:
            self._fail()
            return
        now_us = self._clock.now_us
        wakes_us, cause = now_us + sleep_ms * 1_000_000_000 // (1_000_000 + self._drift_ppm), "timer"
        change_us = self.story.next_change_us(self._looked_us)
        if change_us is not None and change_us <= wakes_us:
            wakes_us, cause = max(change_us, now_us + _AT_ONCE_US), "deviation"
        if self._cuts and self._cuts[-1].at_us <= wakes_us and self._cuts[-1].kind == "asleep":
            self._cut = self._cuts.pop()
            self._plan(self._cut.at_us, self._fail)
            return
        self._ahead_us += (wakes_us - now_us) * self._drift_ppm // 1_000_000
        self._wake(wakes_us, cause)

    def _fail(self) -> None:
        """Lose the supply, and get it back later."""
        cut, self._cut = self._cut, None
        assert cut is not None
        self._stop()
        self.diary.failed_at.append(cut.kind)
        (self.diary.brown_outs_us if cut.brown_out else self.diary.power_cuts_us).append(self._clock.now_us)
        returns_us = self._clock.now_us + cut.away_us
        if not cut.brown_out:
            (self._folder / "rtc").unlink(missing_ok=True)
            self._ahead_us = -returns_us - _RESTART_US  # system time begins anew
        self._clock.at(returns_us, partial(self._start, "power"))

    def _crash(self) -> None:
        self._stop()
        self._clock.after(_RESTART_US, partial(self._start, "reset"))

    def _stop(self) -> None:
        for plan in self._plans:
            self._clock.cancel(plan)
        self._modem.fail()
        self.end()

    def _plan(self, at_us: int, act: Callable[[], None]) -> None:
        self._plans.append(self._clock.at(at_us, act))

    @property
    def _line(self) -> Process:
        assert self._process is not None
        return self._process
