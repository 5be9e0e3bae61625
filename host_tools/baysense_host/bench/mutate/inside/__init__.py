"""What runs in MicroPython: mutations, the node's own code that takes them, and what must be true afterwards."""
