"""What the benches measure with; no part of its own."""
