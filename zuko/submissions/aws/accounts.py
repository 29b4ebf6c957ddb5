"""Accounts of callers: an item for each one and day, which expires by itself."""

import uuid
from collections.abc import Collection, Mapping
from typing import Final

from zuko.submissions.aws.base import AwsBase, LostError
from zuko.submissions.aws.items import Item, item_of, key, marshal

_DAY_S: Final = 86_400


class AwsAccounts(AwsBase):
    """Accounts of callers in the table."""

    def charge(self, day: int, used_s: Mapping[str, float], asked: Collection[str]) -> dict[str, float]:
        """Add to accounts of a day, and return them: see `Store`."""
        only_asked = [key(_name(day, name)) for name in {*asked} - {*used_s}]
        found = [*self._each(lambda name: self._add(day, name, used_s[name]), [*used_s]), *self._get_many(only_asked)]
        return {item["caller"]: item["used"] for item in found}

    def _add(self, day: int, caller: str, used_s: float) -> Item:
        """Add to an account. A request is sent again if its response is lost: `op` shows that it was done."""
        operation = marshal(uuid.uuid4().bytes)
        values = {"caller": marshal(caller), "expires": marshal((day + 2) * _DAY_S), "op": operation}
        try:
            answer = self._ask(
                "_dynamodb",
                "update_item",
                TableName=self.place.table,
                Key=key(_name(day, caller)),
                UpdateExpression="SET #caller = :caller, #expires = :expires, #op = :op ADD #used :used",
                ConditionExpression="attribute_not_exists(#op) OR #op <> :op",
                ExpressionAttributeNames={f"#{name}": name for name in (*values, "used")},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()}
                | {":used": marshal(round(used_s, 6))},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except LostError as error:
            return error.old
        return item_of(answer["Attributes"])


def _name(day: int, caller: str) -> str:
    """Return the partition key of an account."""
    return f"A#{day}#{caller}"
