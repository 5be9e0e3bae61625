# What the interpreter runs first. The rest is compiled and lies in VB_SHIMS.
import os
import sys

sys.path[:] = [os.getenv("VB_SHIMS"), ".frozen"]
__import__("vb_heap")  # first: see there
__import__("vb_repl").start(globals())
