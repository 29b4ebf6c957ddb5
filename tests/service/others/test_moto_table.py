"""The table that stands for DynamoDB's in tests finds what moto's own finds."""

import random
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws

from tests.harness.moto_table import IndexedTable
from zuko.submissions.aws.schema import INDEXES, KEYS, TYPES

SHAPE: Any = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in TYPES.items()],
    "KeySchema": KEYS,
    "GlobalSecondaryIndexes": INDEXES,
    "BillingMode": "PAY_PER_REQUEST",
}
QUERIES: list[dict[str, Any]] = [
    {"IndexName": "work", "KeyConditionExpression": "w = :v"},
    {"IndexName": "work", "KeyConditionExpression": "w = :v", "Select": "COUNT"},
    {
        "IndexName": "work",
        "KeyConditionExpression": "w = :v AND #at < :at",
        "ExpressionAttributeNames": {"#at": "at"},
        "ExpressionAttributeValues": {":v": {"S": "a"}, ":at": {"N": "5"}},
    },
    {"IndexName": "hooks", "KeyConditionExpression": "h = :v"},
    {"KeyConditionExpression": "pk = :v"},
]


def test_an_indexed_table_finds_the_same() -> None:
    """After each change, by each index, forwards and backwards, page by page."""
    chance = random.Random(14)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(TableName="plain", **SHAPE)
        with patch("moto.dynamodb.models.Table", IndexedTable):
            client.create_table(TableName="indexed", **SHAPE)

        def on_both(operation: str, **arguments: Any) -> tuple[Any, Any]:
            answers = []
            for table in ("plain", "indexed"):
                try:
                    answer = getattr(client, operation)(TableName=table, **arguments)
                except client.exceptions.ClientError as error:
                    answer = error.response
                answers.append({name: value for name, value in answer.items() if name != "ResponseMetadata"})
            return answers[0], answers[1]

        def change() -> None:
            key: Any = {"pk": {"S": chance.choice("abcde")}, "sk": {"S": chance.choice("xyz")}}
            number: Any = {"N": str(chance.randrange(9))}
            entry: Any = {"w": {"S": chance.choice("ab")}, "at": number, "tenant": {"S": "t"}}
            match chance.randrange(6):
                case 0 | 1:
                    hook: Any = {"h": {"S": "a"}, "due": number} if chance.random() < 0.5 else {}
                    on_both("put_item", Item=key | entry | hook)
                case 2 | 3:
                    values = {":w": entry["w"], ":at": number}
                    where = {"UpdateExpression": "SET w = :w, #at = :at", "ExpressionAttributeNames": {"#at": "at"}}
                    on_both("update_item", Key=key, ExpressionAttributeValues=values, **where)
                case 4:
                    on_both("update_item", Key=key, UpdateExpression="REMOVE h, w")
                case _:
                    on_both("delete_item", Key=key)

        for _ in range(60):
            change()
            query: Any = {"ExpressionAttributeValues": {":v": {"S": "a"}}, **chance.choice(QUERIES)}
            query["ScanIndexForward"] = chance.random() < 0.5
            if chance.random() < 0.7:
                query["Limit"] = chance.randrange(1, 5)
            while True:
                expected, actual = on_both("query", **query)
                assert actual == expected
                if "LastEvaluatedKey" not in expected:
                    break
                query["ExclusiveStartKey"] = expected["LastEvaluatedKey"]


def test_a_transaction_that_fails_leaves_an_indexed_table_as_it_was() -> None:
    with mock_aws(), patch("moto.dynamodb.models.Table", IndexedTable):
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(TableName="indexed", **SHAPE)

        def put(name: str) -> Any:
            item = {"pk": {"S": name}, "sk": {"S": "-"}, "w": {"S": "a"}, "at": {"N": "1"}, "tenant": {"S": "t"}}
            return {"TableName": "indexed", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}

        def queued() -> list[Any]:
            found = client.query(
                TableName="indexed",
                IndexName="work",
                KeyConditionExpression="w = :v",
                ExpressionAttributeValues={":v": {"S": "a"}},
            )
            return [item["pk"]["S"] for item in found["Items"]]

        client.put_item(**put("one"))
        for others, expected in ((["two", "one"], ["one"]), (["two", "three"], ["one", "three", "two"])):
            try:
                client.transact_write_items(TransactItems=[{"Put": put(name)} for name in others])
            except client.exceptions.TransactionCanceledException:
                assert "one" in others
            assert queued() == expected
