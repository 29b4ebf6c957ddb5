"""The store in Amazon Web Services: DynamoDB has the rows, S3 what is large, SQS the bell.

    submit ── row ──> DynamoDB ──index by rank──> claim ──> worker
       └───── id ───> SQS ───────wakes up───────────┘
    parts, long requests, long results ──> S3, or an item of their own where that costs less

A submission is one item, so that each transition is one conditional write, and the condition is the fence. The row
comes first, then the message: a message alone does nothing, and a row whose message is lost is found by the index, and
rung for again by `reclaim`. Nothing here needs an order of messages, nor that each comes once.

`items.py` draws the table, `place.py` the URL. `clock.py` says whose time it is.
"""

from zuko.submissions.aws.accounts import AwsAccounts
from zuko.submissions.aws.keys import AwsKeys
from zuko.submissions.aws.place import Place
from zuko.submissions.aws.schema import AwsSchema
from zuko.submissions.aws.upkeep import AwsUpkeep
from zuko.submissions.model import LEASE_S
from zuko.submissions.store import Store


class AwsStore(AwsUpkeep, AwsKeys, AwsAccounts, AwsSchema):
    """A store of submissions in a table, a bucket and a queue.

    Args:
        place: their names.
        lease_s: how long a silent worker keeps what it holds.
    """

    claims_all = False  # the index comes after the rows, and others may have been faster

    def __init__(self, place: Place, *, lease_s: float = LEASE_S) -> None:
        super().__init__(place, lease_s=lease_s)


def make_store(url: str) -> Store:
    """Return the store of a URL, not opened yet.

    Raises:
        StoreError: the URL is not one of a place.
    """
    return AwsStore(Place.of(url))
