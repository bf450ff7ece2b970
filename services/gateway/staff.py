"""Staff: who they are, how they sign in, and what proves it afterwards."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import get_args

from sqlalchemy.exc import IntegrityError

from services.gateway import store
from services.gateway.limits import Attempts
from services.gateway.passwords import Passwords
from services.gateway.store import StaffRow
from shared.callers import ROLES, Caller, Role, Tokens
from shared.db import Database
from shared.errors import Conflict, Forbidden, NotFound, Unauthenticated
from shared.schemas.base import Page
from shared.schemas.staff import Login, LoginRequest, NewStaffMember, SignInCode, SignInWay, StaffMember


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The first member of staff, from the settings."""

    username: str
    password: str


class StaffDirectory:
    """Who is known as a member of staff, however they sign in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def member(self, username: str) -> StaffMember:
        async with self._database.reading() as session:
            return _member(_found(await store.staff_member(session, username)))

    async def page(self, cursor: str, limit: int) -> Page[StaffMember]:
        """By user name; the cursor is the last name of the page before."""
        async with self._database.reading() as session:
            rows = await store.staff_page(session, cursor, limit + 1)
        more = rows[limit - 1].username if len(rows) > limit else None
        return Page[StaffMember](items=[_member(row) for row in rows[:limit]], next_cursor=more)


class Staff(StaffDirectory):
    """Those who have a password with us. User names are compared without regard to case. Every request reads the row:
    a change acts at once.
    """

    way = SignInWay(method="password")

    def __init__(
        self, database: Database, passwords: Passwords, tokens: Tokens, attempts: Attempts, *, seconds: int
    ) -> None:
        super().__init__(database)
        self._passwords = passwords
        self._tokens = tokens
        self._attempts = attempts
        self._seconds = seconds

    async def login(self, request: LoginRequest, address: str) -> Login:
        """Raises Unauthenticated alike for a wrong name and a wrong password, TooManyRequests after too many."""
        username = _folded(request.username)
        by_name, by_address = f"user:{username}", f"address:{address}"
        self._attempts.begin(by_name, by_address)
        async with self._database.reading() as session:
            row = await store.staff_member(session, username)
        stored = row.password_hash if row else None
        if not await self._passwords.match(stored, request.password.get_secret_value()) or row is None:
            raise Unauthenticated("The user name or the password is wrong.")
        self._attempts.succeed(forget=by_name, take_back=by_address)
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self._seconds)
        claims: dict[str, object] = {"roles": row.roles, "version": row.token_version}
        token = self._tokens.mint(username, seconds=self._seconds, claims=claims)
        return Login(access_token=token, expires_at=expires_at, username=username, roles=listed(row.roles))

    async def caller(self, token: str) -> Caller:
        """The member of staff the token is for, with the roles held now.

        Raises Unauthenticated when the token is bad, or its user was removed or got another password since.
        """
        claims = self._tokens.verify(token)
        username = str(claims["sub"])
        standing = await self._database.look(partial(store.staff_standing, username=username))
        if standing is None or standing.token_version != claims.get("version"):
            raise Unauthenticated("The token is no longer valid.")
        return Caller("staff", username, frozenset(standing.roles) & ROLES)

    async def sign_in(self, code: SignInCode, address: str) -> Login:
        """Raises Forbidden: there is nobody who gave a code."""
        raise Forbidden("Staff sign in with their passwords here.")

    async def add(self, new: NewStaffMember) -> StaffMember:
        """Raises Conflict when the name is taken."""
        row = await self._new_row(new.username, new.password.get_secret_value(), new.roles)
        try:
            async with self._database.transaction() as session:
                session.add(row)
        except IntegrityError as error:
            raise Conflict("There is a user of this name.") from error
        return _member(row)

    async def remove(self, username: str) -> None:
        """Raises NotFound, or Conflict for the last admin."""
        async with self._database.transaction() as session:
            everyone = await store.all_staff_locked(session)
            row = _found(next((one for one in everyone if one.username == _folded(username)), None))
            if not any("admin" in one.roles for one in everyone if one is not row):
                raise Conflict("The last admin cannot be removed.")
            await session.delete(row)

    async def bootstrap(self, first: Bootstrap) -> None:
        """Makes sure that this user is there with this password; tokens live on when nothing had to change."""
        username, roles = _folded(first.username), ["admin", "supervisor"]
        async with self._database.reading() as session:
            row = await store.staff_member(session, username)
        if row and row.roles == roles and await self._passwords.match(row.password_hash, first.password):
            return
        fresh = await self._new_row(username, first.password, roles)
        async with self._database.transaction() as session:
            await session.merge(fresh)

    async def _new_row(self, username: str, password: str, roles: Sequence[str]) -> StaffRow:
        return StaffRow(
            username=_folded(username),
            password_hash=await self._passwords.hashed(password),
            roles=sorted(set(roles)),
            token_version=secrets.token_hex(8),
            created_at=datetime.now(UTC),
        )


def _folded(username: str) -> str:
    return username.strip().casefold()


def _found(row: StaffRow | None) -> StaffRow:
    if row is None:
        raise NotFound("There is no such user.")
    return row


def listed(roles: Collection[str]) -> list[Role]:
    """Those that there are, in the order in which they are shown."""
    known: tuple[Role, ...] = get_args(Role)
    return [role for role in known if role in roles]


def _member(row: StaffRow) -> StaffMember:
    return StaffMember(username=row.username, roles=listed(row.roles))
