"""Make a board of the interpreter: its modules, its flash as '/', its heap."""

import sys

import uos as _os
import vb_flash as _flash
import vb_heap as _heap
import vb_modules as _modules
import vfs as _vfs


def prepare():
    """Leave nothing of the host within reach of an honest program."""
    folder = _os.getenv("VB_SHIMS")
    flash = _flash.Flash(_os.getenv("VB_FLASH"), int(_os.getenv("VB_BLOCKS")))
    _modules.take_over(folder)
    _os.umount("/")
    _os.mount(_file_system(flash), "/")
    _os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    sys.argv[:] = []
    _heap.hand_over()


def _file_system(flash):
    # Without mtime: files would carry the host's time of day, and two equal runs would differ.
    try:
        return _vfs.VfsLfs2(flash, mtime=False)
    except OSError:  # an erased chip: ports/esp32 formats it at the first boot
        _vfs.VfsLfs2.mkfs(flash)
        return _vfs.VfsLfs2(flash, mtime=False)
