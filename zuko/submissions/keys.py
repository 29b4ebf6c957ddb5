"""API keys: made once, shown once, and known by their hash from then on.

A key is `zuko_ID_SECRET`: the id finds it, and 256 random bits, of which the store has the SHA-256, prove it. A slow
hash would add nothing to so many bits.
"""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Final

from zuko.caller import UNBOUNDED, Allowance

NAME_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"
KEYS_MAX: Final = 10_000  # in a store
_KEY: Final = re.compile(r"zuko_([0-9a-f]{12})_([0-9a-f]{64})")


class Scope(StrEnum):
    """A right that a key gives."""

    RUN = "run"  # to run programs, and to store submissions that are run
    JUDGE = "judge"  # to judge, and to store problems
    ADMIN = "admin"  # everything, figures included


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the store has it."""

    id: str
    name: str  # of its owner: keys of the same name share submissions and problems
    digest: str  # SHA-256 of the secret, in hexadecimal
    scopes: tuple[Scope, ...]
    created_at: float  # s since the epoch, as all times here
    expires_at: float | None = None  # None: never
    revoked_at: float | None = None  # None: it was not
    allowance: Allowance = UNBOUNDED  # limits of its own, instead of the service's

    def refusal(self, now: float) -> str:
        """Return why it does not count any more; "": it does."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= self.expires_at else ""

    def allows(self, scope: Scope) -> bool:
        """Return whether it has a scope."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def is_proved_by(self, secret: str) -> bool:
        """Return whether this is its secret, in a time that does not depend on it."""
        return hmac.compare_digest(self.digest, digest_of(secret))


def make_key(
    name: str,
    scopes: tuple[Scope, ...],
    *,
    now: float,
    expires_at: float | None,
    allowance: Allowance = UNBOUNDED,
) -> tuple[str, ApiKey]:
    """Return a new key as its owner gets it, and as the store has it."""
    key_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    key = ApiKey(key_id, name, digest_of(secret), scopes, now, expires_at, allowance=allowance)
    return f"zuko_{key_id}_{secret}", key


def allowance_json(allowance: Allowance) -> str:
    """Return the limits of a key as the store has them."""
    return json.dumps({name: value for name, value in asdict(allowance).items() if value is not None})


def allowance_of(text: str) -> Allowance:
    """Return the limits of a key from the store; those that a later version has made are left out."""
    found = json.loads(text)
    return Allowance(**{each.name: found.get(each.name) for each in fields(Allowance)})


def parts_of(text: str) -> tuple[str, str] | None:
    """Return the id and the secret of a key; None: it is not one."""
    found = _KEY.fullmatch(text)
    return None if found is None else (found[1], found[2])


def digest_of(secret: str) -> str:
    """Return the hash of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
