"""What at least two services need: the app base, settings, logs, callers, database, blobs, wire schemas, clients."""
