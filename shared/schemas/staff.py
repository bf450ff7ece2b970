"""Sign-in of staff."""

from pydantic import Field, SecretStr

from shared.callers import Role
from shared.schemas.base import Moment, Wire

LEAST_PASSWORD = 12


class LoginRequest(Wire):
    username: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")
    password: SecretStr = Field(min_length=1, max_length=256)


class Login(Wire):
    access_token: str
    token_type: str = "bearer"  # noqa: S105  the token's kind (RFC 6750)
    expires_at: Moment
    username: str
    roles: list[Role]


class StaffMember(Wire):
    username: str
    roles: list[Role]


class NewStaffMember(Wire):
    """A password has at least 12 characters; there is no rule on what they are."""

    username: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$")
    password: SecretStr = Field(min_length=LEAST_PASSWORD, max_length=256)
    roles: list[Role] = Field(min_length=1)
