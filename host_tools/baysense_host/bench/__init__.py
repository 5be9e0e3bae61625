"""Benchmarks, one module a part: `run(tell)` measures and returns its `Findings`."""
