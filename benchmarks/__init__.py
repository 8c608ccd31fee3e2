"""Benchmarks: commands of their own, never timed tests; each compares in turns, and prints ratios of medians."""
