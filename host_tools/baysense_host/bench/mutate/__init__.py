"""The fuzz campaign: worker processes on the host, and in `inside` what they run in MicroPython."""
