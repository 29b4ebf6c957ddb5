"""The statements of the accounts of callers."""

from collections.abc import Collection, Mapping
from typing import Final

from zuko.submissions.sql.base import SqlBase

_ADD: Final = """
    insert into account as a (day, caller, used) values (:day, :caller, cast(:used as double precision))
    on conflict (day, caller) do update set used = a.used + excluded.used
"""
_GET: Final = "select caller, used from account where day = :day and caller in @callers"
OLD_ACCOUNTS: Final = "delete from account where day < cast(clock() / 86400 as integer) - 1"


class SqlAccounts(SqlBase):
    """Accounts of callers in a database."""

    def charge(self, day: int, used_s: Mapping[str, float], asked: Collection[str]) -> dict[str, float]:
        """Add to accounts of a day, and return them: see `Store`."""
        values = {"day": day, "callers": [*{*used_s, *asked}]}
        if not used_s:
            with self._read() as transaction:
                rows = transaction.rows(_GET, values)
        else:
            # In one order, so that two processes do not wait for each other.
            added = [{"day": day, "caller": name, "used": used_s[name]} for name in sorted(used_s)]
            with self._write(durable=False) as transaction:
                transaction.run_many(_ADD, added)
                rows = transaction.rows(_GET, values)
        return {row["caller"]: row["used"] for row in rows}
