"""The statements of API keys."""

from typing import Final

from zuko.submissions.keys import ApiKey, Scope, allowance_json, allowance_of
from zuko.submissions.sql.base import Row, SqlBase

_COLUMNS: Final = "id, name, digest, scopes, created, expires, revoked, allowance"
_PUT: Final = f"""
    insert into api_key ({_COLUMNS}) values (:id, :name, :digest, :scopes, :created, :expires, null, :allowance)
"""
_GET: Final = f"select {_COLUMNS} from api_key where id = :id"
_LIST: Final = f"select {_COLUMNS} from api_key order by created, id"
_REVOKE: Final = "update api_key set revoked = clock() where id = :id and revoked is null"


class SqlKeys(SqlBase):
    """API keys in a database."""

    def put_key(self, key: ApiKey) -> None:
        """Store a new key."""
        values = {
            "id": key.id,
            "name": key.name,
            "digest": key.digest,
            "scopes": ",".join(key.scopes),
            "created": key.created_at,
            "expires": key.expires_at,
            "allowance": allowance_json(key.allowance),
        }
        with self._write() as transaction:
            transaction.run(_PUT, values)

    def get_key(self, key_id: str) -> ApiKey | None:
        """Return a key, also one that does not count any more; None: there is none."""
        with self._read() as transaction:
            row = transaction.row(_GET, {"id": key_id})
        return None if row is None else _key(row)

    def list_keys(self) -> list[ApiKey]:
        """Return all keys, the oldest first."""
        with self._read() as transaction:
            return [_key(row) for row in transaction.rows(_LIST)]

    def revoke_key(self, key_id: str) -> bool:
        """Revoke a key for ever; False: there is none that counts."""
        with self._write() as transaction:
            return bool(transaction.run(_REVOKE, {"id": key_id}))


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        digest=row["digest"],
        scopes=tuple(map(Scope, row["scopes"].split(","))),
        created_at=row["created"],
        expires_at=row["expires"],
        revoked_at=row["revoked"],
        allowance=allowance_of(row["allowance"]),
    )
