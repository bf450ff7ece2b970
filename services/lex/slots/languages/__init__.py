"""The languages that slot values are understood in, a module each."""
