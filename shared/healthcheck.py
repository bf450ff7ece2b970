"""Container health check: exit code 0 when the service of this container is alive. Needs nothing but Python."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 4


def alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=TIMEOUT_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if alive(int(os.environ.get("PORT", "8000"))) else 1)
