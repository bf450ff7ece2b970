"""The yardstick: a FastAPI application with one empty route."""

from fastapi import FastAPI


def create_app() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def nothing() -> dict[str, str]:
        return {}

    return app
