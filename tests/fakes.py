"""Fakes that stand for real parts in tests: ten lines each, no patching."""
