"""Chip drivers, one chip a file. Each is given its bus, knows no pin and imports nothing of ours."""
