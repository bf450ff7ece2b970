"""Brings a service's tables to the newest version, and ends: exit code 0 when they are.  `python -m shared.migrate`

The service is the environment's `SERVICE`, its database that of the service's own setting. Services migrate at their
start as well; a release does it before, so that a migration that fails changes nothing that runs.
"""

import asyncio
import os
import sys

from shared.db import open_database


async def migrate(service: str, url: str) -> None:
    async with open_database(url, f"services.{service}"):
        pass


def main() -> int:
    service = os.environ.get("SERVICE", "")
    url = os.environ.get(f"OMNILEX_{service.upper()}_DATABASE_URL", "")
    if not service.isidentifier() or "://" not in url:
        sys.stderr.write("set SERVICE, and OMNILEX_<SERVICE>_DATABASE_URL to the full URL of its database\n")
        return 2
    asyncio.run(migrate(service, url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
