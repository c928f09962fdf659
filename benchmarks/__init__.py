"""Measurements: `python -m benchmarks [NAME]`; what they printed last is in docs/performance.md."""
