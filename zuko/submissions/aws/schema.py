"""The table, the bucket and the queues as they have to be; infra/submissions.yaml makes the same.

`migrate` makes what is missing, for a first try and for tests. What a template has made is left as it is.
"""

import json
import logging
import time
from typing import Any, Final

from zuko.errors import StoreError
from zuko.submissions.aws.base import SCHEMA, AwsBase, is_refused
from zuko.submissions.aws.blobs import RENEWED_S, SLACK_S

log = logging.getLogger(__name__)

RECEIVES_MAX: Final = 200  # of a message: one that no worker answers for half an hour goes to the dead letters
QUEUE_S: Final = 14 * 86400  # that a message is kept
_READY_S: Final = 60.0
_DAY_S: Final = 86400


def _index(name: str, partition: str, sort: str, *attributes: str) -> dict[str, Any]:
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [*attributes]}
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": sort, "KeyType": "RANGE"},
        ],
        "Projection": projection if attributes else {"ProjectionType": "KEYS_ONLY"},
    }


# What a claim has to know of a submission before it claims it.
_ENTRY: Final = ("tenant", "needs", "attempt", "priority", "queued")
TYPES: Final = {
    "pk": "S", "sk": "S", "w": "S", "at": "N", "turn": "S", "place": "S", "tenant": "S", "created": "N", "h": "S",
    "due": "N",
}  # fmt: skip
KEYS: Final = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
INDEXES: Final = [
    _index("work", "w", "at", *_ENTRY),
    _index("turn", "turn", "place", "tenant", "needs", "attempt", "priority", "queued", "at"),
    _index("tenant", "tenant", "created"),
    _index("hooks", "h", "due", "tenant"),
]


class AwsSchema(AwsBase):
    """Makes what is missing."""

    def migrate(self) -> list[str]:
        """Bring the schema to this version; return what was done, a line each."""
        done = [*self._make_table(), *self._make_bucket(), *self._make_queues()]
        self.open()
        return done

    def _make_table(self) -> list[str]:
        table = self.place.table
        try:
            self._ask("_dynamodb", "describe_table", TableName=table)
        except StoreError as error:
            if not is_refused(error, "ResourceNotFoundException"):
                raise
        else:
            return []
        try:
            self._ask(
                "_dynamodb",
                "create_table",
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in TYPES.items()],
                KeySchema=KEYS,
                GlobalSecondaryIndexes=INDEXES,
                SSESpecification={"Enabled": False},
            )
        except StoreError as error:  # another process was faster, or the response was lost and this was sent again
            if not is_refused(error, "ResourceInUseException"):
                raise
        ready_by = time.monotonic() + _READY_S
        while self._ask("_dynamodb", "describe_table", TableName=table)["Table"]["TableStatus"] != "ACTIVE":
            if time.monotonic() > ready_by:
                raise StoreError("the table of submissions is still being made: try again")
            time.sleep(1)
        expiry = {"Enabled": True, "AttributeName": "expires"}
        self._ask("_dynamodb", "update_time_to_live", TableName=table, TimeToLiveSpecification=expiry)
        return [f"made the table {table}, schema {SCHEMA}"]

    def _make_bucket(self) -> list[str]:
        bucket = self.place.bucket
        if bucket in [each["Name"] for each in self._ask("_s3", "list_buckets").get("Buckets", [])]:
            return []
        region = self._s3.meta.region_name
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self._ask("_s3", "create_bucket", Bucket=bucket, **location)
        blocked = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        self._ask("_s3", "put_public_access_block", Bucket=bucket, PublicAccessBlockConfiguration=blocked)
        days = int((self.keep_s + RENEWED_S + SLACK_S) // _DAY_S)
        rules = [
            {"ID": name, "Status": "Enabled", "Filter": {"Prefix": f"{name}/"}, "Expiration": {"Days": days}}
            for name in ("parts", "requests", "results")
        ]
        self._ask("_s3", "put_bucket_lifecycle_configuration", Bucket=bucket, LifecycleConfiguration={"Rules": rules})
        return [f"made the bucket {bucket}"]

    def _make_queues(self) -> list[str]:
        queue = self.place.queue
        made = self._ask("_sqs", "list_queues", QueueNamePrefix=queue).get("QueueUrls", [])
        if queue in [url.rpartition("/")[2] for url in made]:
            return []
        dead = self._ask(
            "_sqs", "create_queue", QueueName=f"{queue}-dead", Attributes={"MessageRetentionPeriod": str(QUEUE_S)}
        )["QueueUrl"]
        attributes = self._ask("_sqs", "get_queue_attributes", QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = {"deadLetterTargetArn": attributes["Attributes"]["QueueArn"], "maxReceiveCount": RECEIVES_MAX}
        self._ask(
            "_sqs",
            "create_queue",
            QueueName=queue,
            Attributes={
                "VisibilityTimeout": "10",
                "MessageRetentionPeriod": str(QUEUE_S),
                "RedrivePolicy": json.dumps(redrive),
            },
        )
        return [f"made the queue {queue}, and {queue}-dead"]
