"""What the firmware image calls itself: the interpreter's release, the board's name."""

import sys

import uos as _os

RELEASE = "{}.{}.{}-{}".format(*sys.implementation[1])
VERSION = f"v{RELEASE} on {sys.version.split()[-1]}"  # the build's date ends sys.version
MACHINE = f"{_os.getenv('VB_BOARD')} with {_os.getenv('VB_SOC').upper()}"
BANNER = f'MicroPython {VERSION}; {MACHINE}\r\nType "help()" for more information.\r\n'
