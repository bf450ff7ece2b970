"""Serves one service, as its image does: `SERVICE=lex PORT=8000 python -m shared.server`

Exit code 3 when the service does not start, its reason in the log.
"""

import gc
import os
import sys
from socket import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn import Server

_NOT_STARTED = 3  # as uvicorn's command says it


def server_of(service: str, *, host: str, port: int) -> "Server":
    """The server of `services.<service>`; from now until it has started nothing looks for garbage.

    What a start makes stays, and looking through it again and again takes a seventh of the start.
    """
    gc.disable()
    from uvicorn import Config, Server  # noqa: PLC0415  the first of what is not looked through

    class Started(Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            try:
                await super().startup(sockets)
            finally:
                gc.enable()

    app = f"services.{service}.main:create_app"
    return Started(Config(app, factory=True, host=host, port=port, access_log=False, server_header=False, ws="none"))


def main() -> int:
    host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104  a container's own
    server = server_of(os.environ["SERVICE"], host=host, port=int(os.environ.get("PORT", "8000")))
    server.run()
    return 0 if server.started else _NOT_STARTED


if __name__ == "__main__":
    sys.exit(main())
