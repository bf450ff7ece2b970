"""Benchmarks of the Lex runtime, run by hand: `python -m bench.lex`."""
