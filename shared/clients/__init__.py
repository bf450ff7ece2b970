"""Typed clients of our services: one class per service, one method per operation."""
