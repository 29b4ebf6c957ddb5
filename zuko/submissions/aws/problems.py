"""Stored problems: a version is an item, its list of files bytes that never expire, and its files parts."""

import contextlib
import json
import os
import zlib
from typing import Any, Final

from zuko.errors import LostPartError, StoreError
from zuko.submissions.aws.base import LostError
from zuko.submissions.aws.blobs import RENEWED_S, AwsBlobs
from zuko.submissions.aws.items import INLINE_BYTES, Item, key, marshal, problem_name
from zuko.submissions.model import NewProblem, ProblemFile, ProblemRef, StoredProblem

_TRIES: Final = 10
_RENEWAL: Final = "problem#0"  # in the index `work`


class AwsProblems(AwsBlobs):
    """Problem packages, by tenant and name, in versions that never change."""

    def put_problem(self, problem: NewProblem) -> StoredProblem:
        """Store a new version, unless its files are those of the newest one, which is returned then."""
        files = sorted(problem.files, key=lambda file: file.path)
        content = _write_files(files)
        for _ in range(_TRIES):
            number = self._get(key(f"P#{problem.tenant}", problem.name)) or {"version": 0, "is_there": False}
            newest: int = number["version"]
            if number["is_there"]:
                item = self._get(_version_key(problem.tenant, ProblemRef(problem.name, newest)))
                if item is not None and self._files(item) == content:
                    return _problem(item)
            item = self._item(problem, files, newest + 1)
            if len(content) <= INLINE_BYTES:
                item["files"] = content
            else:
                # Another name each time: two processes may be about to store the same version.
                item["elsewhere"] = f"problems/{problem.tenant}/{problem.name}/{newest + 1}-{os.urandom(8).hex()}"
                self._put_blob(item["elsewhere"], content, stays=True)
            is_stored = True
            try:
                self._put(item, new=True)
            except LostError:  # another process has stored it, and may have ended before it was counted
                is_stored = False
                if "elsewhere" in item:
                    self._delete_blob(item["elsewhere"])
            with contextlib.suppress(LostError):  # it is counted
                self._number(problem, newest)
            if is_stored:
                return _problem(item)
        raise StoreError("other processes store the same problem")

    def get_problem(self, tenant: str, name: str, version: int | None = None) -> StoredProblem | None:
        """Return a version, None: the newest; None if there is none."""
        if version is None:
            number = self._get(key(f"P#{tenant}", name))
            if number is None or not number["is_there"]:
                return None
            version = number["version"]
        item = self._get(_version_key(tenant, ProblemRef(name, version)))
        return None if item is None else _problem(item)

    def problem_files(self, tenant: str, ref: ProblemRef) -> tuple[ProblemFile, ...] | None:
        """Return the files of a version's package; None: there is no such version."""
        item = self._get(_version_key(tenant, ref))
        return None if item is None else _read_files(self._files(item))

    def list_problems(self, tenant: str) -> list[StoredProblem]:
        """Return the newest version of each problem, by name."""
        names = [item for item in self._query("#pk = :pk", {"pk": f"P#{tenant}"}) if item["is_there"]]
        keys = [_version_key(tenant, ProblemRef(item["sk"], item["version"])) for item in names]
        return sorted(map(_problem, self._get_many(keys)), key=lambda problem: problem.ref.name)

    def problem_versions(self, tenant: str, name: str) -> list[StoredProblem]:
        """Return all versions of a problem, the newest first."""
        versions = self._query("#pk = :pk", {"pk": problem_name(tenant, name)}, newest_first=True)
        return [_problem(item) for item in versions]

    def usage(self, tenant: str) -> int:
        """Return the bytes of a tenant's problems: see `Store`."""
        names = [item["sk"] for item in self._query("#pk = :pk", {"pk": f"P#{tenant}"}) if item["is_there"]]
        return sum(each.size_bytes for name in names for each in self.problem_versions(tenant, name))

    def delete_problem(self, tenant: str, name: str) -> bool:
        """Delete all versions of a problem; its submissions stay. False: there is none.

        Its number stays, too: a version of the same name and number would not be the same.
        """
        try:
            self._update(key(f"P#{tenant}", name), {"is_there": False}, {})
        except LostError:  # there was never one
            return False
        items = list(self._query("#pk = :pk", {"pk": problem_name(tenant, name)}))
        for item in items:
            if "elsewhere" in item:
                self._delete_blob(item["elsewhere"])
            self._delete(key(item["pk"], item["sk"]))
        return bool(items)

    def _renew_problem_parts(self) -> None:
        """Keep the parts of stored problems from expiring."""
        due = {"w": _RENEWAL, "before": self.clock.now() - RENEWED_S}
        for entry in self._query("#w = :w AND #at < :before", due, index="work"):
            item = self._get(key(entry["pk"], entry["sk"]))
            if item is None:
                continue
            self.missing_parts(file.digest for file in _read_files(self._files(item)))
            try:
                self._update(key(item["pk"], item["sk"]), {"at": self.clock.now()}, {})
            except LostError:  # it was deleted
                continue

    def _item(self, problem: NewProblem, files: list[ProblemFile], version: int) -> Item:
        now = self.clock.now()
        return {
            "pk": problem_name(problem.tenant, problem.name),
            "sk": f"{version:08d}",
            "w": _RENEWAL,
            "at": now,
            "owner": problem.tenant,
            "title": problem.title,
            "format": problem.format,
            "languages": json.dumps(problem.languages),
            "size": sum(file.size_bytes for file in files),
            "cases": problem.cases,
            "notes": json.dumps(problem.notes, ensure_ascii=False),
            "details": problem.details,
            "made": now,
        }

    def _number(self, problem: NewProblem, newest: int) -> None:
        """Count a version.

        Raises:
            LostError: another process has counted one.
        """
        item: dict[str, Any] = {
            "pk": f"P#{problem.tenant}",
            "sk": problem.name,
            "version": newest + 1,
            "is_there": True,
        }
        self._ask(
            "_dynamodb",
            "put_item",
            TableName=self.place.table,
            Item={name: marshal(value) for name, value in item.items()},
            ConditionExpression="attribute_not_exists(pk) OR #version <= :newest",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":newest": {"N": str(newest)}},
        )

    def _files(self, item: Item) -> bytes:
        if "files" in item:
            return bytes(item["files"])
        content = self._get_blob(item["elsewhere"])
        if content is None:
            raise LostPartError("the list of a problem's files is missing in the bucket")
        return content


def _version_key(tenant: str, ref: ProblemRef) -> dict[str, Any]:
    return key(problem_name(tenant, ref.name), f"{ref.version:08d}")


def _write_files(files: list[ProblemFile]) -> bytes:
    rows = [(file.path, file.digest, file.size_bytes, file.mode) for file in files]
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode())


def _read_files(content: bytes) -> tuple[ProblemFile, ...]:
    return tuple(ProblemFile(*row) for row in json.loads(zlib.decompress(content)))


def _problem(item: Item) -> StoredProblem:
    return StoredProblem(
        tenant=item["owner"],
        ref=ProblemRef(item["pk"].rpartition("#")[2], int(item["sk"])),
        title=item["title"],
        format=item["format"],
        languages=tuple(json.loads(item["languages"])),
        size_bytes=item["size"],
        cases=item["cases"],
        notes=tuple(json.loads(item["notes"])),
        created_at=item["made"],
        details=item["details"],
    )
