"""A table of moto's DynamoDB that keeps its indexes.

moto looks through all items and sorts them, for each query: the time of a claim would grow with the queue, and in
DynamoDB it does not. What moto does with the items that it finds is unchanged: it only gets fewer to look through.
"""

import copy
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from typing import Any
from unittest.mock import patch

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex, Table

type _Key = tuple[DynamoType, DynamoType | None]
type _Order = tuple[Any, ...]  # of an item in an index: its values there, then the table's


class _NoCopies:
    """Stands for the module `copy`."""

    @staticmethod
    def deepcopy[Found](found: Found) -> Found:
        return found


class IndexedTable(Table):  # type: ignore[misc]  # moto has no types
    """A table that looks at the items that a query is about, and at no others."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._touched: set[_Key] | None = set()  # that may have changed since their indexes were written; None: all
        self._orders: dict[_Key, list[tuple[tuple[str, DynamoType], _Order]]] = {}
        self._indexed: defaultdict[tuple[str, DynamoType], list[tuple[_Order, Item]]] = defaultdict(list)
        self._candidates: list[Item] | None = None
        self._kept: IndexedTable | None = None

    def get_item(self, hash_key: DynamoType, range_key: DynamoType | None = None, *rest: Any, **named: Any) -> Any:
        found = super().get_item(hash_key, range_key, *rest, **named)
        # Updates get an item and change it in place; what is only read is looked at once in vain.
        self._touch(hash_key, range_key)
        return found

    def delete_item(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        self._touch(hash_key, range_key)
        return super().delete_item(hash_key, range_key)

    def query(self, *arguments: Any, **named: Any) -> Any:
        hash_key, comparison, _, limit, after, forward, _, index_name, *_ = arguments
        if index_name is None:
            self._candidates = [*self.items[hash_key].values()] if hash_key in self.items else []
        else:
            page = None if comparison or limit is None else limit + 1  # one more, which shows that there is more
            self._candidates = self._of_index(self.get_index(index_name), hash_key, after, page, forward=forward)
        try:
            with patch("moto.dynamodb.models.table.copy", _NoCopies):  # the response is written before the next request
                return super().query(*arguments, **named)
        finally:
            self._candidates = None

    def all_items(self) -> list[Item]:
        return super().all_items() if self._candidates is None else self._candidates

    def __deepcopy__(self, memo: dict[int, Any]) -> "IndexedTable":
        """Return what a transaction that fails goes back to; it asks once for each of its items, before it puts them.

        Ours put items alone, so that none is changed in place.
        """
        if self._kept is None:
            kept = self._kept = copy.copy(self)
            kept.items = defaultdict(dict, {name: {**items} for name, items in self.items.items()})
            kept._touched, kept._orders, kept._indexed = None, {}, defaultdict(list)
        return self._kept

    def _touch(self, hash_key: DynamoType, range_key: DynamoType | None) -> None:
        self._kept = None
        if self._touched is not None:
            self._touched.add((hash_key, range_key))

    def _of_index(
        self,
        index: SecondaryIndex,
        value: DynamoType,
        after: dict[str, Any] | None,
        count: int | None,
        *,
        forward: bool,
    ) -> list[Item]:
        """Return the items of an index with a value, from a place on: so many, or all."""
        self._write_indexes()
        entries = self._indexed[index.name, value]
        first, last = 0, len(entries)
        if after is not None:
            order = _order(index, {name: DynamoType(each) for name, each in after.items()})
            if forward:
                first = bisect_right(entries, order, key=_order_of)
            else:
                last = bisect_left(entries, order, key=_order_of)
        if count is not None:
            first, last = (first, min(first + count, last)) if forward else (max(last - count, first), last)
        return [item for _, item in entries[first:last]]

    def _write_indexes(self) -> None:
        if self._touched is None:
            self._touched = {(hash_key, range_key) for hash_key, items in self.items.items() for range_key in items}
        for key in self._touched:
            for name, order in self._orders.pop(key, ()):
                del self._indexed[name][bisect_left(self._indexed[name], order, key=_order_of)]
            item = super().get_item(*key)
            if item is None:
                continue
            for index in self.all_indexes():
                if all(name in item.attrs for name in index.schema_key_attrs):
                    entry = (index.name, item.attrs[index.schema_key_attrs[0]]), _order(index, item.attrs)
                    self._orders.setdefault(key, []).append(entry)
                    insort(self._indexed[entry[0]], (entry[1], item), key=_order_of)
        self._touched.clear()


def _order(index: SecondaryIndex, attributes: dict[str, DynamoType]) -> _Order:
    """Return the place of an item among those of an index with the same value."""
    return tuple(attributes[name].cast_value for name in [*index.schema_key_attrs[1:], *index.table_key_attrs])


def _order_of(entry: tuple[_Order, Item]) -> _Order:
    return entry[0]
