"""Who may call the runtime: our own services with their token, anyone who signs with the key, or all in development."""

from datetime import UTC, datetime

from fastapi import Request

from services.lex.errors import AccessDenied
from services.lex.settings import LexSettings
from services.lex.signatures import SignatureVerifier, SignedRequest
from shared.callers import Caller, InternalTokens
from shared.errors import Unauthenticated

# RecognizeUtterance is the operation that botocore's model has as `v4-unsigned-body`.
_UNSIGNED_BODY = "/utterance"


async def runtime_caller(request: Request) -> Caller:
    """The service an internal token names, or a client whose signature is good; without both, whoever may come in.

    Raises AccessDenied.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    settings: LexSettings = request.app.state.settings
    if scheme.lower() == "bearer":
        return _service(request, token)
    if settings.lex_secret_access_key is not None:
        secret = settings.lex_secret_access_key.get_secret_value()
        signed = await _signed(request)
        unsigned = signed.path.endswith(_UNSIGNED_BODY)
        SignatureVerifier(settings.lex_access_key_id, secret).verify(
            signed, datetime.now(UTC), unsigned_payload=unsigned
        )
        return Caller("service", "signed client")
    if not settings.open_to_all:
        raise AccessDenied("A token of the calling service is needed.")
    return Caller("service", "developer")


def _service(request: Request, token: str) -> Caller:
    tokens: InternalTokens = request.app.state.internal_tokens
    try:
        caller = tokens.verify(token, "lex")
    except Unauthenticated as error:
        raise AccessDenied("The token is not valid.") from error
    if caller.kind != "service":
        raise AccessDenied("Only a service may call this.")
    return caller


async def _signed(request: Request) -> SignedRequest:
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name, []).append(value)
    path = request.scope["raw_path"].decode("latin-1")
    return SignedRequest(request.method, path, request.url.query, headers, await request.body())
