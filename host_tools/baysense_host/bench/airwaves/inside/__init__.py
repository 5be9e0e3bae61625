"""What runs in a node's process, in MicroPython."""
