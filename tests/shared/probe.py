"""A small service on the app base, with a route for each thing that can go wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Form, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, field_validator

from shared.app import build_app
from shared.auth import AnyCaller, ServiceCaller, StaffCaller
from shared.context import current_context
from shared.errors import Conflict, TooManyRequests, Unavailable
from shared.settings import ServiceSettings

SECRET_WORD = "xyzzy-4111111111111111"


class Order(BaseModel):
    amount: int = Field(ge=1)
    kind: Literal["a", "b"] = "a"
    note: str = ""
    tags: dict[str, int] = Field(default_factory=dict)

    @field_validator("note")
    @classmethod
    def _no_secrets(cls, value: str) -> str:
        if "xyzzy" in value:
            raise ValueError(f"must not say {value}")
        return value


class Probe:
    """A service that is ready when told so."""

    def __init__(self) -> None:
        self.up = True
        self.closed = False

    async def ready(self) -> None:
        if not self.up:
            raise Unavailable("The database does not answer.")


router = APIRouter(prefix="/probe")


@router.get("/items/{item_id}")
async def item(item_id: str) -> dict[str, str]:
    context = current_context()
    assert context is not None
    return {"id": item_id, "traceparent": context.traceparent}


@router.post("/orders")
async def order(order: Order, limit: Annotated[int, Query(le=9)] = 1) -> dict[str, int]:
    return {"amount": order.amount}


@router.post("/forms")
async def form(name: Annotated[str, Form()]) -> dict[str, str]:
    return {"name": name}


@router.post("/large")
async def large(request: Request) -> dict[str, int]:
    return {"size": len(await request.body())}


@router.post("/stream")
async def stream(request: Request) -> dict[str, int]:
    return {"size": sum([len(chunk) async for chunk in request.stream()])}


@router.get("/conflict")
async def conflict() -> None:
    raise Conflict("Already paid.", members={"code": "already_paid", "status": 200})


@router.get("/busy")
async def busy() -> None:
    raise TooManyRequests("Slower.", headers={"Retry-After": "7"})


@router.get("/bug")
async def bug() -> None:
    raise RuntimeError(SECRET_WORD)


@router.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "short and stout", headers={"X-Tea": "yes"})


@router.get("/half")
async def half() -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"half"
        await asyncio.sleep(0)
        raise RuntimeError(SECRET_WORD)

    return StreamingResponse(chunks())


@router.get("/me")
async def me(caller: AnyCaller) -> dict[str, str]:
    return {"kind": caller.kind, "subject": caller.subject}


@router.get("/services-only")
async def services_only(caller: ServiceCaller) -> None: ...


@router.get("/staff-only")
async def staff_only(caller: StaffCaller) -> None: ...


def probe_app(probe: Probe | None = None, *, settings: ServiceSettings | None = None) -> FastAPI:
    """Accepts 2 MiB under /probe/large, 1 MiB elsewhere. Without a `probe` it is opened, and closed at the end."""

    @asynccontextmanager
    async def wire(_: ServiceSettings) -> AsyncIterator[Probe]:
        opened = Probe()
        yield opened
        opened.closed = True

    return build_app(
        name="accounts",
        title="Probe",
        settings=settings or ServiceSettings(),
        wire=wire,
        routers=[router],
        service=probe,
        body_limits={"/probe/large": 2 * 1024 * 1024},
    )
