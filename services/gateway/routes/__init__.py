"""The public HTTP routes, one module a noun."""
