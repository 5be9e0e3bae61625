"""What runs in MicroPython: the flash chip, the work on it, and a model that knows what must still be there."""
