"""Benchmarks, one module a part: `run()` measures and returns its `Findings`."""
