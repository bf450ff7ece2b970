"""The only public door: authenticates, limits, routes to the services behind it, and serves the pages."""
