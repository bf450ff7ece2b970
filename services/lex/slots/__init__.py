"""Slot types: how a value is found in what the customer typed, and in which form Lex passes it on."""
