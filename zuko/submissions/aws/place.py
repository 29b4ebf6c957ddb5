"""The names of a table, a bucket and a queue, in one URL: aws://TABLE?bucket=BUCKET&queue=QUEUE&region=REGION&shards=N.

`queue` is the table's name if it is not given; `region` is that of the environment, as for every client of AWS.

`shards` divides the index of the queue, because each of its partitions takes 1,000 writes a second, so about 300
submissions a second. One (the default) keeps the order exactly. With more, a claim looks at all of them, so that the
order stays and each claim and each submit costs a read for each. All processes have to name the same number.
"""

import re
import urllib.parse
from dataclasses import dataclass
from typing import Final, Self

from zuko.errors import StoreError

SHARDS_MAX: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}")


@dataclass(frozen=True, slots=True)
class Place:
    """The names of a store's table, bucket and queue."""

    table: str
    bucket: str
    queue: str
    region: str | None = None  # None: the environment's
    shards: int = 1

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the place of a URL.

        Raises:
            StoreError: it is not one.
        """
        parsed = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parsed.query, keep_blank_values=True))
        unknown = query.keys() - {"bucket", "queue", "region", "shards"}
        table = parsed.netloc
        place = cls(
            table=table,
            bucket=query.get("bucket", ""),
            queue=query.get("queue", table),
            region=query.get("region"),
            shards=_number(query.get("shards", "1")),
        )
        names = (place.table, place.bucket, place.queue)
        if parsed.scheme != "aws" or parsed.path or unknown or not all(map(_NAME.fullmatch, names)):
            raise StoreError("ZUKO_STORE: not of the form aws://TABLE?bucket=BUCKET&queue=QUEUE")
        if not 1 <= place.shards <= SHARDS_MAX:
            raise StoreError(f"ZUKO_STORE: shards is not a whole number from 1 to {SHARDS_MAX}")
        return place


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
