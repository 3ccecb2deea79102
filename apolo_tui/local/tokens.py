"""Bearer tokens: JWTs with the claim `identity`, signed with a key that stays on this machine.

The platform's own tools read the user's name from the token (docs/protocol.md section 2.5), so
it has to look like a JWT; what makes it unguessable is the signature.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

KEY_SIZE = 32
REFRESH = "refresh"
"""What the signature of a refresh token covers besides: it is no signature of an access token."""


class Claims(msgspec.Struct):
    """The payload of a token. `exp` is unix seconds; `gen` counts the expiries by order."""

    identity: str
    jti: str = ""
    exp: float | None = None
    gen: int = 0


def signing_key(path: Path) -> bytes:
    """The key in a 0600 file, made when there is none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) == KEY_SIZE:
            return key
        path.unlink()  # cut short by a crash: no token was signed with it
        return signing_key(path)
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(KEY_SIZE)
        file.write(key)
    return key


class Tokens:
    """Issues tokens and tells whose they are."""

    def __init__(self, key: bytes, now: Callable[[], datetime]) -> None:
        self._key = key
        self._now = now
        self._generation = 0
        self._spent: set[str] = set()

    def issue(self, user: str, *, expires_in: float | None = None) -> str:
        """A token for the user; `expires_in` in seconds, None for one that stays valid."""
        expires = None if expires_in is None else self._now().timestamp() + expires_in
        header = _encode(b'{"alg":"HS256","typ":"JWT"}')
        claims = Claims(user, secrets.token_hex(8), expires, self._generation)
        body = f"{header}.{_encode(msgspec.json.encode(claims))}"
        return f"{body}.{self._sign(body)}"

    def identity(self, token: str) -> str | None:
        """The user that the token was issued to, None when it is not valid (any more)."""
        body, _, signature = token.rpartition(".")
        if not body.isascii() or not signature.isascii():
            return None
        if not hmac.compare_digest(self._sign(body), signature):
            return None
        try:
            claims = msgspec.json.decode(_decode(body.partition(".")[2]), type=Claims)
        except (binascii.Error, msgspec.DecodeError, ValueError):
            return None
        if claims.gen < self._generation:
            return None
        if claims.exp is not None and claims.exp <= self._now().timestamp():
            return None
        return claims.identity

    def expire_all(self) -> None:
        """No token that was issued so far is valid from now on; refresh tokens stay."""
        self._generation += 1

    def issue_refresh(self, user: str) -> str:
        """A refresh token; signed like the others, so it is good after a restart too."""
        body = f"{secrets.token_urlsafe(18)}.{_encode(user.encode())}"
        return f"{body}.{self._sign(f'{REFRESH}.{body}')}"

    def redeem_refresh(self, token: str, *, rotate: bool) -> str | None:
        """Whose refresh token it is; with `rotate` it is good for once."""
        body, _, signature = token.rpartition(".")
        if not token.isascii() or token in self._spent:
            return None
        if not hmac.compare_digest(self._sign(f"{REFRESH}.{body}"), signature):
            return None
        if rotate:
            self._spent.add(token)
        return _decode(body.partition(".")[2]).decode()

    def _sign(self, body: str) -> str:
        return _encode(hmac.new(self._key, body.encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
