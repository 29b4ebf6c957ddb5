"""The statements of parts and of stored problems."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from zuko.submissions.model import NewProblem, ProblemFile, ProblemRef, StoredProblem
from zuko.submissions.sql.base import Row, SqlBase, Transaction
from zuko.submissions.sql.reading import read_needs, write_needs

_FRESH_S: Final = 600.0  # a part that was used this recently is not written again to say so

_STALE: Final = f"""
    select hash from part where hash in @hashes and used < clock() - {_FRESH_S} order by hash for update
"""
_TOUCH: Final = "update part set used = clock(), idle = 1 where hash in @hashes"
_PRESENT: Final = "select hash from part where hash in @hashes"
_PUT: Final = """
    insert into part (hash, used, idle, size, content) values (:hash, clock(), 1, :size, :content)
    on conflict (hash) do update set used = excluded.used, idle = 1
"""
_GET: Final = "select content from part where hash = :hash"

_NUMBER: Final = """
    insert into problem_number as n (tenant, name, version) values (:tenant, :name, 0)
    on conflict (tenant, name) do update set version = n.version returning version
"""
_NEXT: Final = "update problem_number set version = :version where tenant = :tenant and name = :name"
_PROBLEM: Final = """
    insert into problem (tenant, name, version, title, format, languages, size, cases, notes, details, created)
    values (:tenant, :name, :version, :title, :format, :languages, :size, :cases, :notes, :details, clock())
    returning *
"""
_FILE: Final = """
    insert into problem_file (tenant, name, version, path, hash, size, mode)
    values (:tenant, :name, :version, :path, :hash, :size, :mode)
"""
_VERSIONS: Final = "select * from problem where tenant = :tenant and name = :name order by version desc"
_VERSION: Final = "select * from problem where tenant = :tenant and name = :name and version = :version"
_FILES: Final = """
    select path, hash, size, mode from problem_file
    where tenant = :tenant and name = :name and version = :version order by path
"""
_NEWEST: Final = """
    select p.* from problem p where p.tenant = :tenant and p.version =
        (select max(q.version) from problem q where q.tenant = p.tenant and q.name = p.name)
    order by p.name
"""
_IDLE: Final = """
    update part set idle = 1
    where hash in (select hash from problem_file where tenant = :tenant and name = :name)
"""


def put(transaction: Transaction, parts: Mapping[str, bytes]) -> None:
    """Store parts by their hashes; those that are there already are kept."""
    if parts:  # in one order, so that two transactions do not wait for each other
        values = [{"hash": name, "size": len(content), "content": content} for name, content in sorted(parts.items())]
        transaction.run_many(_PUT, values)


class SqlParts(SqlBase):
    """Parts by hash, and problems made of them."""

    def missing_parts(self, digests: Iterable[str]) -> set[str]:
        """Return the digests that the store does not have, and keep the others from being purged for a while."""
        hashes = sorted(set(digests))
        if not hashes:
            return set()
        with self._read() as transaction:
            present = {row["hash"] for row in transaction.rows(_PRESENT, {"hashes": hashes})}
            stale = present and transaction.rows(_STALE.replace("for update", ""), {"hashes": hashes})
        if stale:
            with self._write() as transaction:
                # Locked in one order, and seen again: one of them may have been purged between the two.
                locked = [row["hash"] for row in transaction.rows(_STALE, {"hashes": hashes})]
                transaction.run(_TOUCH, {"hashes": locked})
                present = {row["hash"] for row in transaction.rows(_PRESENT, {"hashes": hashes})}
        return set(hashes) - present

    def put_parts(self, parts: Mapping[str, bytes]) -> None:
        """Store parts; those that are there already are kept."""
        if not parts:
            return
        with self._write() as transaction:
            put(transaction, parts)

    def get_part(self, digest: str) -> bytes | None:
        """Return a part; None: the store does not have it."""
        with self._read() as transaction:
            row = transaction.row(_GET, {"hash": digest})
        return None if row is None else bytes(row["content"])

    def put_problem(self, problem: NewProblem) -> StoredProblem:
        """Store a new version, unless its files are those of the newest one, which is returned then."""
        name = {"tenant": problem.tenant, "name": problem.name}
        files = sorted(problem.files, key=lambda file: file.path)
        with self._write() as transaction:
            version = transaction.rows(_NUMBER, name)[0]["version"]
            newest = transaction.row(_VERSION, name | {"version": version})
            if newest is not None and _files(transaction, name | {"version": version}) == files:
                return _problem(newest)
            version += 1
            transaction.run(_NEXT, name | {"version": version})
            row = transaction.rows(
                _PROBLEM,
                name
                | {
                    "version": version,
                    "title": problem.title,
                    "format": problem.format,
                    "languages": write_needs(problem.languages),
                    "size": sum(file.size_bytes for file in files),
                    "cases": problem.cases,
                    "notes": json.dumps(problem.notes),
                    "details": problem.details,
                },
            )[0]
            if files:
                transaction.run_many(
                    _FILE,
                    [
                        name
                        | {
                            "version": version,
                            "path": file.path,
                            "hash": file.digest,
                            "size": file.size_bytes,
                            "mode": file.mode,
                        }
                        for file in files
                    ],
                )
        return _problem(row)

    def get_problem(self, tenant: str, name: str, version: int | None = None) -> StoredProblem | None:
        """Return a version, None: the newest; None if there is none."""
        values: dict[str, object] = {"tenant": tenant, "name": name}
        with self._read() as transaction:
            if version is None:
                row = transaction.row(f"{_VERSIONS} limit 1", values)
            else:
                row = transaction.row(_VERSION, values | {"version": version})
        return None if row is None else _problem(row)

    def problem_files(self, tenant: str, ref: ProblemRef) -> tuple[ProblemFile, ...] | None:
        """Return the files of a version's package; None: there is no such version."""
        values = {"tenant": tenant, "name": ref.name, "version": ref.version}
        with self._read() as transaction:
            files = _files(transaction, values)
            if not files and transaction.row(_VERSION, values) is None:
                return None
        return tuple(files)

    def list_problems(self, tenant: str) -> list[StoredProblem]:
        """Return the newest version of each problem, by name."""
        with self._read() as transaction:
            return [_problem(row) for row in transaction.rows(_NEWEST, {"tenant": tenant})]

    def problem_versions(self, tenant: str, name: str) -> list[StoredProblem]:
        """Return all versions of a problem, the newest first."""
        with self._read() as transaction:
            return [_problem(row) for row in transaction.rows(_VERSIONS, {"tenant": tenant, "name": name})]

    def delete_problem(self, tenant: str, name: str) -> bool:
        """Delete all versions of a problem; its submissions stay. False: there is none.

        Its number stays, too: a version of the same name and number would not be the same.
        """
        values = {"tenant": tenant, "name": name}
        with self._write() as transaction:
            self._alone(transaction)
            transaction.run(_IDLE, values)
            transaction.run("delete from problem_file where tenant = :tenant and name = :name", values)
            return transaction.run("delete from problem where tenant = :tenant and name = :name", values) > 0


def _files(transaction: Transaction, values: Mapping[str, object]) -> list[ProblemFile]:
    return [ProblemFile(row["path"], row["hash"], row["size"], row["mode"]) for row in transaction.rows(_FILES, values)]


def _problem(row: Row) -> StoredProblem:
    return StoredProblem(
        tenant=row["tenant"],
        ref=ProblemRef(row["name"], row["version"]),
        title=row["title"],
        format=row["format"],
        languages=read_needs(row["languages"]),
        size_bytes=row["size"],
        cases=row["cases"],
        notes=tuple(json.loads(row["notes"])),
        created_at=row["created"],
        details=row["details"],
    )
