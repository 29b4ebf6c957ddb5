"""The schema and the statements that the stores in SQLite and in PostgreSQL share."""

from zuko.submissions.model import LEASE_S
from zuko.submissions.sql.accounts import SqlAccounts
from zuko.submissions.sql.base import KEEP_PART_S
from zuko.submissions.sql.ended import SqlEnded
from zuko.submissions.sql.keys import SqlKeys
from zuko.submissions.sql.parts import SqlParts
from zuko.submissions.sql.reading import SqlReading
from zuko.submissions.sql.upkeep import SqlUpkeep
from zuko.submissions.sql.workers import SqlWorkers


class SqlStore(SqlReading, SqlEnded, SqlWorkers, SqlParts, SqlKeys, SqlAccounts, SqlUpkeep):
    """A store of submissions in a database that speaks SQL."""

    claims_all = True

    def __init__(self, *, lease_s: float = LEASE_S, keep_part_s: float = KEEP_PART_S) -> None:
        super().__init__(lease_s=lease_s, keep_part_s=keep_part_s)
