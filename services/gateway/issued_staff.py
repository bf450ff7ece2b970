"""Staff who sign in elsewhere, at an issuer of OpenID Connect. What is kept of them here is their name and roles."""

from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from sqlalchemy.exc import IntegrityError

from services.gateway import store
from services.gateway.issued_tokens import IssuedTokens, SignedIn
from services.gateway.limits import Attempts
from services.gateway.staff import Bootstrap, StaffDirectory, listed
from services.gateway.store import StaffRow
from shared.callers import Caller
from shared.db import Database
from shared.errors import Conflict, Forbidden, Problem, Unauthenticated
from shared.schemas.staff import Login, LoginRequest, NewStaffMember, SignInCode, SignInWay, StaffMember

_FROM_ELSEWHERE = "issued elsewhere"
"""In place of a token's version: no token of our own fits it."""


class CodeExchange(Protocol):
    async def exchange(self, code: SignInCode) -> str:
        """The access token for a code. Raises Unauthenticated, UpstreamFailed, Unavailable or UpstreamTimeout."""


class IssuedStaff(StaffDirectory):
    """The issuer decides who signs in and with which roles; each new token is believed at once. Whoever was seen is
    known to colleagues, who may hand conversations over to them.
    """

    def __init__(
        self, database: Database, tokens: IssuedTokens, office: CodeExchange, attempts: Attempts, way: SignInWay
    ) -> None:
        super().__init__(database)
        self._tokens = tokens
        self._office = office
        self._attempts = attempts
        self.way = way

    async def caller(self, token: str) -> Caller:
        """The member of staff the token is for. Raises as `IssuedTokens.verify` does."""
        signed_in = await self._tokens.verify(token)
        await self._know(signed_in)
        return Caller("staff", signed_in.username, signed_in.roles)

    async def sign_in(self, code: SignInCode, address: str) -> Login:
        """Exchanges the code. Raises Unauthenticated for one that is not good, TooManyRequests after too many of them,
        Forbidden for who has no role here, and what `CodeExchange.exchange` raises.
        """
        if self.way.authorize_url is None:
            raise Forbidden("This dashboard does not lead to the bank's sign-in.")
        key = f"address:{address}"
        self._attempts.begin(key)
        try:
            token = await self._office.exchange(code)
            signed_in = await self._tokens.verify(token)
        except Unauthenticated:
            raise
        except Problem:  # the issuer is away, or has somebody in no group of ours: nobody has guessed
            self._attempts.succeed(forget="", take_back=key)
            raise
        self._attempts.succeed(forget="", take_back=key)
        await self._know(signed_in)
        return Login(
            access_token=token,
            expires_at=signed_in.expires_at,
            username=signed_in.username,
            roles=listed(signed_in.roles),
        )

    async def login(self, request: LoginRequest, address: str) -> Login:
        """Raises Forbidden: no password is taken, and none is looked at."""
        raise Forbidden("Passwords are not taken here. Sign in at the bank's identity provider.")

    async def add(self, new: NewStaffMember) -> StaffMember:
        """Raises Conflict."""
        raise _kept_elsewhere()

    async def remove(self, username: str) -> None:
        """Raises Conflict."""
        raise _kept_elsewhere()

    async def bootstrap(self, first: Bootstrap) -> None:
        """Raises Conflict."""
        raise _kept_elsewhere()

    async def _know(self, signed_in: SignedIn) -> None:
        """Keeps name and roles where they are new. A password that was kept under the name is gone with it."""
        roles = sorted(signed_in.roles)
        standing = await self._database.look(partial(store.staff_standing, username=signed_in.username))
        if standing is not None and (standing.token_version, standing.roles) == (_FROM_ELSEWHERE, roles):
            return
        row = StaffRow(
            username=signed_in.username,
            password_hash="",
            roles=roles,
            token_version=_FROM_ELSEWHERE,
            created_at=datetime.now(UTC),
        )
        try:
            async with self._database.transaction() as session:
                await session.merge(row)
        except IntegrityError:
            return  # another request of theirs, at the same moment


def _kept_elsewhere() -> Conflict:
    return Conflict("Staff are kept by the bank's identity provider: add and remove them there.")
