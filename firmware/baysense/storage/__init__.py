"""What outlives a power cut: identity, settings, counters and the event journal."""
