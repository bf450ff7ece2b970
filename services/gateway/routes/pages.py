"""The web pages, and the API's own documentation page, which works without the internet."""

import asyncio
from html import escape
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from services.gateway.routes.openapi import document
from shared.errors import NotFound

_FOR_EVER = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"
_ALWAYS_ASK = "no-cache"
_NOT_PAGES = ("api/", "webhooks/")

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{head}</head><body>{body}</body></html>"""
_NOT_BUILT = _PAGE.format(
    title="OmniLex: the pages are not built",
    head="",
    body="<h1>The web pages are not built yet</h1><p>Run <code>make build</code> (or <code>npm ci &amp;&amp; npm run "
    'build</code> in <code>services/web</code>) and load this page again.</p><p>The API is here: <a href="/docs">'
    "documentation</a>, <a href='/openapi.json'>OpenAPI document</a>.</p>",
)
_SWAGGER = _PAGE.format(
    title="OmniLex API",
    head='<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/swagger/swagger-ui.css">',
    body='<div id="swagger-ui"></div><script src="/swagger/swagger-ui-bundle.js"></script>'
    '<script src="/docs/start.js"></script>',
)
_START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, defaultModelsExpandDepth: 0,
});
"""


def documentation_router(web_root: Path) -> APIRouter:
    """The OpenAPI document, and a page that shows it: Swagger's where its files are built, else a plain table."""
    router = APIRouter(include_in_schema=False)
    files = StaticFiles(directory=web_root, check_dir=False)

    @router.get("/openapi.json")
    async def openapi_document(request: Request) -> JSONResponse:
        return JSONResponse(document(request.app))

    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        _, built = await asyncio.to_thread(files.lookup_path, "swagger/swagger-ui-bundle.js")
        return HTMLResponse(_SWAGGER if built else _listing(request))

    @router.get("/docs/start.js")
    async def docs_start() -> Response:
        return Response(_START, media_type="text/javascript")

    return router


def pages_router(web_root: Path) -> APIRouter:
    """Serves what lies in `web_root`. Comes last: it answers for every path that no other route takes."""
    router = APIRouter(include_in_schema=False)
    files = StaticFiles(directory=web_root, check_dir=False)

    @router.get("/")
    async def home(request: Request) -> Response:
        return await _page(files, request, "index.html")

    @router.get("/dashboard")
    @router.get("/dashboard/{rest:path}")
    async def dashboard(request: Request, rest: str = "") -> Response:
        return await _page(files, request, "dashboard/index.html")

    @router.get("/{path:path}")
    async def file(request: Request, path: str) -> Response:
        if path.startswith(_NOT_PAGES):
            raise NotFound
        try:
            answer = await files.get_response(path, request.scope)
        except HTTPException as error:
            raise NotFound from error
        answer.headers["Cache-Control"] = _caching(path)
        return answer

    return router


async def _page(files: StaticFiles, request: Request, name: str) -> Response:
    try:
        answer = await files.get_response(name, request.scope)
    except HTTPException:
        return HTMLResponse(_NOT_BUILT, 503)
    answer.headers["Cache-Control"] = _ALWAYS_ASK
    return answer


def _caching(path: str) -> str:
    if path.endswith(".html"):
        return _ALWAYS_ASK
    return _FOR_EVER if path.startswith("assets/") else _AN_HOUR


def _listing(request: Request) -> str:
    """Every operation in a plain table, for when Swagger's files are not built."""
    rows: list[str] = []
    paths = document(request.app)["paths"]
    for path, operations in paths.items() if isinstance(paths, dict) else ():
        for method, operation in operations.items() if isinstance(operations, dict) else ():
            summary = str(operation.get("summary", "")) if isinstance(operation, dict) else ""
            cells = (method.upper(), path, summary)
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    table = f"<table><tr><th>Method</th><th>Path</th><th>What it does</th></tr>{''.join(rows)}</table>"
    link = '<p>The whole document: <a href="/openapi.json">/openapi.json</a></p>'
    return _PAGE.format(title="OmniLex API", head="", body=f"<h1>OmniLex API</h1>{table}{link}")
