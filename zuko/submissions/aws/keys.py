"""API keys: an item each, all with the same partition key, as they are few and listed together."""

from typing import Final

from zuko.submissions.aws.base import AwsBase, LostError
from zuko.submissions.aws.items import Item, key
from zuko.submissions.keys import ApiKey, Scope, allowance_json, allowance_of

_KEYS: Final = "KEYS"


class AwsKeys(AwsBase):
    """API keys in the table."""

    def put_key(self, key: ApiKey) -> None:
        """Store a new key."""
        item: Item = {
            "pk": _KEYS,
            "sk": key.id,
            "name": key.name,
            "digest": key.digest,
            "scopes": ",".join(key.scopes),
            "made": key.created_at,
            "allowance": allowance_json(key.allowance),
        }
        if key.expires_at is not None:
            item["until"] = key.expires_at
        self._put(item, new=True)

    def get_key(self, key_id: str) -> ApiKey | None:
        """Return a key, also one that does not count any more; None: there is none."""
        item = self._get(key(_KEYS, key_id))
        return None if item is None else _key(item)

    def list_keys(self) -> list[ApiKey]:
        """Return all keys, the oldest first."""
        keys = map(_key, self._query("#pk = :pk", {"pk": _KEYS}))
        return sorted(keys, key=lambda each: (each.created_at, each.id))

    def revoke_key(self, key_id: str) -> bool:
        """Revoke a key for ever; False: there is none that counts."""
        try:
            self._update(key(_KEYS, key_id), {"revoked": self.clock.now()}, {"revoked": None})
        except LostError:
            return False
        return True


def _key(item: Item) -> ApiKey:
    return ApiKey(
        id=item["sk"],
        name=item["name"],
        digest=item["digest"],
        scopes=tuple(map(Scope, item["scopes"].split(","))),
        created_at=item["made"],
        expires_at=item.get("until"),
        revoked_at=item.get("revoked"),
        allowance=allowance_of(item.get("allowance", "{}")),
    )
