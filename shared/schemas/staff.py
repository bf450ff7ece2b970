"""Sign-in of staff."""

from typing import Literal

from pydantic import Field, SecretStr

from shared.callers import Role
from shared.schemas.base import Moment, Wire

LEAST_PASSWORD = 12


class LoginRequest(Wire):
    username: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")
    password: SecretStr = Field(min_length=1, max_length=256)


class SignInWay(Wire):
    """`password`: with `POST /api/v1/auth/login`. `oidc`: at the bank's identity provider, by the authorisation
    code with PKCE (RFC 7636); `authorize_url` is null where the dashboard cannot lead there.
    """

    method: Literal["password", "oidc"]
    authorize_url: str | None = None
    client_id: str | None = None
    scope: str | None = None


class SignInCode(Wire):
    """What the identity provider's page leads back with, and the verifier whose challenge it was given."""

    code: SecretStr = Field(min_length=1, max_length=2048)
    verifier: SecretStr = Field(min_length=43, max_length=128)
    redirect_uri: str = Field(min_length=1, max_length=500, pattern=r"^https?://[\x21-\x7e]+$")


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
