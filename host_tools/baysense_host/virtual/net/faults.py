"""The failure schedule: when which part of the network does not work, and for which board."""

from dataclasses import dataclass, field

WIFI_DOWN = "wifi_down"  # access points are off; stations notice after the beacon time-out
REFUSE = "refuse"  # connects are refused, as by a stopped broker
BLACK_HOLE = "black_hole"  # packets vanish both ways; TCP retransmits what is still wanted afterwards
DROP = "drop"  # the connection is reset once the board has sent `after_bytes` on it
_SILENT = (WIFI_DOWN, BLACK_HOLE)


@dataclass(frozen=True)
class Fault:
    """One failure from start to end [µs of virtual time]; without a board it hits all."""

    kind: str
    start_us: int
    end_us: int
    board: str | None = None
    after_bytes: int = 0

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

    def next_start_us(self, kind: str, t_us: int, board: str) -> int | None:
        """Return when the next failure of a kind begins for a board [µs]; one that is on counts as now."""
        starts = [
            max(f.start_us, t_us)
            for f in self.items
            if f.kind == kind and f.end_us > t_us and f.board in (None, board)
        ]
        return min(starts, default=None)
