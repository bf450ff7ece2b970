"""Measures the accounts service."""
