"""`os` of a virtual ESP32: the built-in one without the host's functions, with what ports/esp32 adds."""

from collections import namedtuple

import vb_link as _link
import vb_machine_name as _name
from uos import (  # noqa: F401 (what ports/esp32 has; no getenv, system and their like)
    VfsFat,
    VfsLfs2,
    chdir,
    getcwd,
    ilistdir,
    listdir,
    mkdir,
    mount,
    remove,
    rename,
    rmdir,
    sep,
    stat,
    statvfs,
    umount,
    unlink,
)

_Uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    return _Uname("esp32", "esp32", _name.RELEASE, _name.VERSION, _name.MACHINE)


def sync():
    pass


def urandom(size):
    return bytes.fromhex(_link.call("mcu.random", size))
