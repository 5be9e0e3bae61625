"""A town of LoRaWAN nodes: each a MicroPython process, the air between them and the network on the host."""
