"""Bytes by a key: in an item of their own if that costs less, else in S3. Parts by their hash are such bytes.

Nothing counts who uses a part: a use is its renewal, seven days after the last one at the earliest. It expires long
after that: an item by DynamoDB's time to live, an object by a rule of the bucket's lifecycle, which counts from the day
when it was written. Both cost nothing. `RENEWED_S` and `SLACK_S` are what such a rule has to allow for.
"""

import datetime
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.aws.base import AwsBase, LostError, is_refused
from zuko.submissions.aws.items import INLINE_BYTES, Item, key
from zuko.submissions.aws.place import Place

SLACK_S: Final = 30 * 86400.0  # bytes are kept for this much longer than an ended submission
RENEWED_S: Final = 7 * 86400.0
_KNOWN_S: Final = 3600.0  # a part that was seen so recently is there
_KNOWN_MAX: Final = 100_000
_ABSENT: Final = ("404", "NoSuchKey", "NotFound")


class AwsBlobs(AwsBase):
    """Bytes by their keys."""

    def __init__(self, place: Place, *, lease_s: float) -> None:
        super().__init__(place, lease_s=lease_s)
        self._known: dict[str, float] = {}  # parts that are there, and when they were seen, on the monotonic clock
        self._knowing = threading.Lock()

    def missing_parts(self, digests: Iterable[str]) -> set[str]:
        """Return the digests that the store does not have, and keep the others from being purged for a while."""
        now = time.monotonic()
        with self._knowing:
            asked = [each for each in set(digests) if now - self._known.get(each, -_KNOWN_S) >= _KNOWN_S]
        keys = [key(f"B#parts/{digest}") for digest in asked]
        held = {str(item["pk"]).rpartition("/")[2]: item for item in self._get_many(keys, attributes=("pk", "expires"))}
        absent = [digest for digest in asked if digest not in held]
        found = self._each(self._renew_object, [f"parts/{digest}" for digest in absent])
        missing = {digest for digest, is_there in zip(absent, found, strict=True) if not is_there}
        kept = self._each(self._renew_item, list(held.values()))
        missing |= {digest for digest, is_there in zip(held, kept, strict=True) if not is_there}
        self._note({*asked} - missing)
        return missing

    def put_parts(self, parts: Mapping[str, bytes]) -> None:
        """Store parts; those that are there already are kept."""
        self._each(lambda digest: self._put_blob(f"parts/{digest}", parts[digest]), list(parts))
        self._note(parts)

    def get_part(self, digest: str) -> bytes | None:
        """Return a part; None: the store does not have it."""
        return self._get_blob(f"parts/{digest}")

    def _note(self, digests: Iterable[str]) -> None:
        now = time.monotonic()
        with self._knowing:
            if len(self._known) > _KNOWN_MAX:
                self._known.clear()
            self._known |= dict.fromkeys(digests, now)

    def _put_blob(self, name: str, content: bytes, *, stays: bool = False) -> None:
        """Store bytes.

        Args:
            name: their key.
            content: the bytes.
            stays: they never expire; the lifecycle of the bucket must not know the name's first part.
        """
        if len(content) > INLINE_BYTES:
            self._ask("_s3", "put_object", Bucket=self.place.bucket, Key=name, Body=content)
            return
        item: Item = {"pk": f"B#{name}", "sk": "-", "content": content}
        self._put(item if stays else item | {"expires": self._blob_end()})

    def _get_blob(self, name: str) -> bytes | None:
        """Return bytes; None: there are none of that name."""
        item = self._get(key(f"B#{name}"))
        if item is not None:
            return bytes(item["content"])
        try:
            answer = self._ask("_s3", "get_object", Bucket=self.place.bucket, Key=name)
        except StoreError as error:
            if is_refused(error, *_ABSENT):
                return None
            raise
        content: bytes = answer["Body"].read()
        return content

    def _delete_blob(self, name: str) -> None:
        self._delete(key(f"B#{name}"))
        self._ask("_s3", "delete_object", Bucket=self.place.bucket, Key=name)  # costs nothing

    def _renew_blob(self, name: str) -> None:
        item = self._get(key(f"B#{name}"))
        if item is None:
            self._renew_object(name)
        else:
            self._renew_item(item)

    def _blob_end(self) -> int:
        return int(self.clock.now() + self.keep_s + SLACK_S)

    def _renew_item(self, item: Item) -> bool:
        """Let an item expire later, if its end is near; False: it has just expired."""
        end = self._blob_end()
        if item.get("expires", end) < end - RENEWED_S:
            try:
                self._update(key(item["pk"]), {"expires": end}, {})
            except LostError:
                return False
        return True

    def _renew_object(self, name: str) -> bool:
        """Let an object's age begin again, if it is old; False: there is none."""
        place = {"Bucket": self.place.bucket, "Key": name}
        try:
            head = self._ask("_s3", "head_object", **place)
            written: datetime.datetime = head["LastModified"]
            if self.clock.now() - written.timestamp() > RENEWED_S:
                self._ask("_s3", "copy_object", **place, CopySource=place, MetadataDirective="REPLACE")
        except StoreError as error:
            if is_refused(error, *_ABSENT):
                return False
            raise
        return True
