"""One life of a device: from power-on to the cut."""

import random

from baysense_host.bench.cuts.inside import app, nor
from baysense_host.bench.cuts.inside.finding import CRASH, UNBOOTABLE, Finding

import vfs  # type: ignore[import-not-found]  # isort: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense_host.bench.cuts.inside.parts.part import Part


class Life:
    """Boot, check everything, work until the power fails; `during` tells what it was about when it did."""

    def __init__(self, cells: nor.Cells, cut_at: int, mode: int) -> None:
        self.flash = nor.Nor(cells, cut_at, mode)
        self.during = "mount"

    def run(self, parts: "list[Part]", most_acts: int = 300) -> bool:
        """Return whether the power failed at an operation of the flash; raise Finding if a guarantee is broken."""
        try:
            self._live(parts, most_acts)
        except Finding:
            if not self.flash.dead:  # else: wrong because it could not be read any more
                raise
        except Exception as error:
            if not self.flash.dead:
                kind = UNBOOTABLE if self.during in ("mount", "app") else CRASH
                raise Finding(kind, f"{self.during}: {error!r}") from None
        finally:
            failed, self.flash.dead = self.flash.dead, True
            if self.during != "mount":
                vfs.umount(app.ROOT)
        return failed

    def _live(self, parts: "list[Part]", most_acts: int) -> None:
        vfs.mount(vfs.VfsLfs2(self.flash), app.ROOT)
        self.during = "app"
        app.check()
        for part in parts:
            self.during = part.name
            part.boot()
            if self.flash.dead:
                return
        for _ in range(most_acts):
            part = random.choice(parts)
            self.during = part.name
            part.act()
            if self.flash.dead:
                return
            part.acknowledge()


def format_flash(blocks: int) -> nor.Cells:
    """Return a chip with a file system and an app on it, as the factory leaves it."""
    cells = nor.Cells(blocks)
    flash = nor.Nor(cells)
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), app.ROOT)
    app.install()
    vfs.umount(app.ROOT)
    return cells
