"""The failure schedule: when which part of the network does not work, and for which board."""

from dataclasses import dataclass, field

WIFI_DOWN = "wifi_down"  # access points are off; stations notice after the beacon time-out
REFUSE = "refuse"  # connects are refused, as by a stopped broker
BLACK_HOLE = "black_hole"  # packets vanish both ways; TCP retransmits what is still wanted afterwards
DROP = "drop"  # the connection is reset once the board has sent `after_bytes` on it
HALF_OPEN = "half_open"  # connections that are open at the start are dead from then on, and nobody is told
SLOW = "slow"  # everything takes `latency_us` longer
REDIRECT = "redirect"  # connects reach `target` instead, a real address: another broker with other manners
NTP_SILENT = "ntp_silent"  # the time server does not answer
NTP_LIES = "ntp_lies"  # the time server is `offset_s` ahead
_SILENT = (WIFI_DOWN, BLACK_HOLE)


@dataclass(frozen=True)
class Fault:
    """One failure from start to end [µs of virtual time]; without a board it hits all."""

    kind: str
    start_us: int
    end_us: int
    board: str | None = None
    after_bytes: int = 0
    latency_us: int = 0
    target: tuple[str, int] = ("", 0)
    offset_s: int = 0

    def hits(self, t_us: int, board: str) -> bool:
        """Say whether it is on for a board at this time."""
        return self.start_us <= t_us < self.end_us and self.board in (None, board)


@dataclass
class Faults:
    """All failures of a run."""

    items: list[Fault] = field(default_factory=list)

    def active(self, kind: str, t_us: int, board: str) -> Fault | None:
        """Return the failure of a kind that hits a board now, if there is one."""
        for fault in self.items:
            if fault.kind == kind and fault.hits(t_us, board):
                return fault
        return None

    def silent_until_us(self, t_us: int, board: str) -> int | None:
        """Return until when no packet passes [µs], None when packets pass."""
        end_us: int | None = None
        at_us = t_us
        while fault := next((f for f in self.items if f.kind in _SILENT and f.hits(at_us, board)), None):
            end_us = at_us = fault.end_us
        return end_us

    def slow_us(self, t_us: int, board: str) -> int:
        """Return by how much a packet of now is late [µs]."""
        fault = self.active(SLOW, t_us, board)
        return fault.latency_us if fault is not None else 0

    def severed(self, opened_us: int, t_us: int, board: str) -> bool:
        """Say whether a connection that is open since a time is half open now."""
        return any(
            fault.kind == HALF_OPEN and opened_us <= fault.start_us <= t_us and fault.board in (None, board)
            for fault in self.items
        )

    def next_start_us(self, kind: str, t_us: int, board: str) -> int | None:
        """Return when the next failure of a kind begins for a board [µs]; one that is on counts as now."""
        starts = [
            max(f.start_us, t_us)
            for f in self.items
            if f.kind == kind and f.end_us > t_us and f.board in (None, board)
        ]
        return min(starts, default=None)
