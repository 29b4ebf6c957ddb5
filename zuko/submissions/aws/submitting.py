"""Submissions that come in: their keys, their rows, and the messages that announce them."""

import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from zuko.errors import KeyConflictError, QueueFullError, StoreError
from zuko.submissions.aws.base import LostError, is_refused
from zuko.submissions.aws.items import (
    REQUEST_BYTES,
    Item,
    id_of,
    key,
    key_name,
    marshal,
    place_of,
    row_of,
    submission_key,
    tenant_of,
    write_request,
)
from zuko.submissions.aws.order import AwsOrder
from zuko.submissions.aws.reading import AwsReading
from zuko.submissions.model import Claimer, NewSubmission, Submitted
from zuko.submissions.store import QUEUE

KEY_CLAIM_S: Final = 60.0  # a key whose submission is not there after this long is free
MICROSECOND: Final = 1e-6  # s between the submissions of one batch, which is done in its order
_TRIES: Final = 10
_GROUP: Final = re.compile(r"[A-Za-z0-9!-/:-@\[-`{-~]{1,128}")  # what SQS takes
_PAUSE_S: Final = 0.02  # after a transaction that met another one


class AwsSubmitting(AwsOrder, AwsReading):
    """The part of clients who submit."""

    def submit(
        self,
        submissions: Sequence[NewSubmission],
        *,
        queued_max: int,
        tenant_max: int,
        claimer: Claimer | None = None,
    ) -> list[Submitted]:
        """Store submissions, all or none; their parts are in the store already.

        The keys first, then the rows, then the messages. A key without a row is taken over by who sends the same again,
        and a row without a message is found by its rank.

        Args:
            submissions: of one tenant.
            queued_max: submissions that may be queued, of all tenants.
            tenant_max: submissions that may be queued, of this tenant.
            claimer: gets nothing here: it is woken as others are.

        Raises:
            KeyConflictError: a key was used before with another fingerprint.
            QueueFullError: a bound is reached.
        """
        if not submissions:
            return []
        first: dict[str, NewSubmission] = {}
        for each in submissions:
            first.setdefault(each.key or each.id, each)  # of those with the same key
        taken: list[tuple[str, str]] = []  # keys that are ours now, for if it fails
        try:
            ids, new = self._reserve(list(first.values()), taken)
            _check_keys(submissions, first)
            stored = self._store(new, queued_max=queued_max, tenant_max=tenant_max) if new else set()
        except (KeyConflictError, QueueFullError):
            for name, submission_id in taken:
                self._delete(key(name), {"id": submission_id})
            raise
        answers = []
        for each in submissions:
            name = each.key or each.id
            answers.append(Submitted(ids[name], is_new=ids[name] in stored and first[name] is each))
        return answers

    def _reserve(
        self, submissions: list[NewSubmission], taken: list[tuple[str, str]]
    ) -> tuple[dict[str, str], list[NewSubmission]]:
        """Take the keys of submissions.

        Returns:
            the id of each by its key, or its own; and those that are to be stored, under these ids.

        Raises:
            KeyConflictError: a key was used before with another fingerprint.
        """
        ids = {}
        new = []
        for each in submissions:
            known = None if each.key is None else self._take_key(each, taken)
            ids[each.key or each.id] = known or each.id
            if known is None:
                new.append(each)
            elif self._get(submission_key(known)) is None:
                new.append(replace(each, id=known))
        return ids, new

    def _take_key(self, new: NewSubmission, taken: list[tuple[str, str]]) -> str | None:
        """Take a submission's key; return the id that has it, None: it is ours.

        Raises:
            KeyConflictError: it was used before with another fingerprint.
        """
        name = key_name(new.tenant, str(new.key))
        now = self.clock.now()
        item = {"pk": name, "sk": "-", "id": new.id, "fingerprint": new.fingerprint, "made": now}
        item["expires"] = self._blob_end()
        for _ in range(_TRIES):
            try:
                self._put(item, new=True)
            except LostError as error:
                old = error.old
            else:
                taken.append((name, new.id))
                return None
            if not old:
                continue
            if old["fingerprint"] == new.fingerprint:
                return str(old["id"])
            if now - old["made"] < KEY_CLAIM_S or self._get(submission_key(old["id"])) is not None:
                break
            self._delete(key(name), {"id": old["id"]})
        raise KeyConflictError(str(new.key))

    def _store(self, new: list[NewSubmission], *, queued_max: int, tenant_max: int) -> set[str]:
        """Store the rows of submissions, and ring; return the ids of those that were stored now."""
        queue = self._look_for_room(len(new), queued_max)
        prioritized = any(each.priority for each in new)
        ranks = self._ranks(
            new[0].tenant, len(new), position=queue.position, tenant_max=tenant_max, prioritized=prioritized
        )
        now = self.clock.now()
        rows = []
        for number, each in enumerate(new):
            row = row_of(each, rank=ranks.first + number, now=now + number * MICROSECOND)
            if ranks.has_priorities:
                row["turns"] = True
            rows.append(row | self._queued(row))
        self._each(self._put_request, list(zip(rows, new, strict=True)))
        stored = self._put_rows(rows)
        self._announce(stored)
        return {id_of(row) for row in stored}

    def _put_request(self, of: tuple[Item, NewSubmission]) -> None:
        row, new = of
        content = write_request(new.request)
        if len(content) <= REQUEST_BYTES:
            row["request"] = content
        else:
            self._put_blob(f"requests/{new.id}", content)

    def _put_rows(self, rows: list[Item]) -> list[Item]:
        """Write rows, all or none, except those that another process has written under the same key."""
        if len(rows) == 1:
            try:
                self._put(rows[0], new=True)
            except LostError:
                return []
            return rows
        operation = uuid.uuid4().bytes  # an answer may be lost, and the rows stored
        for number in range(_TRIES):
            puts: list[Any] = [
                {
                    "Put": {
                        "TableName": self.place.table,
                        "Item": {name: marshal(value) for name, value in (row | {"op": operation}).items()},
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
                for row in rows
            ]
            try:
                self._ask("_dynamodb", "transact_write_items", TransactItems=puts)
            except StoreError as error:
                keys = [key(row["pk"]) for row in rows]
                there = {item["pk"]: item["op"] for item in self._get_many(keys, attributes=("pk", "op"))}
                if not there and not is_refused(error, "TransactionCanceledException"):
                    raise
                if operation in there.values():
                    return rows
                rows = [row for row in rows if row["pk"] not in there]
                if not rows:
                    return []
                time.sleep(_PAUSE_S * (1 + number))
            else:
                return rows
        raise StoreError("other processes store the same submissions")

    def _queued(self, row: Item) -> Item:
        """Return what puts a row into the queue."""
        entry: Item = {"w": self._shard("queued", id_of(row)), "at": row["rank"]}
        if row.get("turns"):
            entry |= {"turn": row["tenant"], "place": place_of(row)}
        return entry

    def _announce(self, rows: Sequence[Item]) -> None:
        """Ring for queued submissions. The rows are what counts: without a message they are found later."""
        if not rows:
            return
        self.bell.ring(QUEUE, *(id_of(row) for row in rows))
        for start in range(0, len(rows), 10):
            entries = [
                {"Id": str(number), "MessageBody": id_of(row), "MessageGroupId": group_of(tenant_of(row))}
                for number, row in enumerate(rows[start : start + 10])
            ]
            self._hint("send_message_batch", Entries=entries)


def _check_keys(submissions: Sequence[NewSubmission], first: Mapping[str, NewSubmission]) -> None:
    """Raise an error if a batch has a key twice, for different things."""
    for each in submissions:
        if each.key is not None and each.fingerprint != first[each.key].fingerprint:
            raise KeyConflictError(each.key)


def group_of(tenant: str) -> str:
    """Return the message group of a tenant, by which SQS is fair."""
    return tenant if _GROUP.fullmatch(tenant) else sha256(tenant.encode()).hexdigest()
