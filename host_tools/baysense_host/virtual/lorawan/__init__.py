"""A LoRaWAN network server for tests and the demo: pamoja does the frames, the policies are ours."""
