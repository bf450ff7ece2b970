"""A worker: all of the media service but its API. Run by `python -m services.media.worker`, as many as are wanted.

It answers `/health`, `/ready` and `/metrics` on the port of the environment's `PORT`. Told to stop (SIGTERM) it leaves
its work to the others at once and ends with exit code 0; ended by anything else, it loses its lease and they take over.
"""

import os
import signal
from functools import partial

import uvicorn
from fastapi import FastAPI

from services.media.main import measure, wire
from services.media.settings import MediaSettings
from shared.app import build_app

_PORT = 8086


def create_app(settings: MediaSettings | None = None) -> FastAPI:
    app = build_app(
        name="media",
        title="OmniLex media worker",
        settings=settings or MediaSettings(),
        wire=partial(wire, works=True),
        routers=[],
        docs=False,
    )
    measure(app)
    return app


def run() -> None:
    # The server hands the signal on once it has stopped: it must not end the process by then.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(
        create_app(),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", _PORT)),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
    )


if __name__ == "__main__":
    run()
