"""Benchmarks, run by hand: `make bench`. Every figure is a ratio to an empty route measured in the same run."""
