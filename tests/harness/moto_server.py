"""moto's stand-in for AWS, in a process of its own: it is neither measured nor slowed down by what measures the tests.

`python -m tests.harness.moto_server` prints its address, and ends with its standard input. A line `stop` there has it
refuse connections, `hang` leave them without an answer, and `start` answer again, with all that it has.
"""

import copy
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from unittest.mock import patch

from tests import ROOT
from tests.harness.preloaded import Preloaded

if TYPE_CHECKING:
    from moto.core.serialize import BaseJSONSerializer
    from moto.dynamodb.models.dynamo_type import Item
    from moto.dynamodb.responses import DynamoHandler
    from moto.server import MotoRequestHandler

_DYNAMODB_TYPES: Final = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}


@dataclass
class MotoServer:
    """A running one."""

    url: str = ""

    def __enter__(self) -> Self:
        env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        pipe = subprocess.PIPE
        self._process = Preloaded(
            "tests.harness.moto_server",
            cwd=ROOT,
            env=env,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url, "moto has not started"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def stop(self) -> None:
        """Refuse connections; what it has is kept."""
        self._tell("stop")

    def start(self) -> None:
        """Answer again after `stop` or `hang`, at the same address."""
        self._tell("start")

    def hang(self) -> None:
        """Accept connections, and answer none of them, ever."""
        self._tell("hang")

    def _tell(self, what: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(what, file=self._process.stdin, flush=True)
        assert self._process.stdout.readline().strip() == what


def one_at_a_time() -> None:
    """Let moto's DynamoDB do one request after the other: in threads, its conditional writes are not atomic."""
    from moto.dynamodb.responses import DynamoHandler

    lock = threading.Lock()
    call = DynamoHandler.call_action

    def call_alone(self: "DynamoHandler") -> Any:
        with lock:
            return call(self)

    patch.object(DynamoHandler, "call_action", call_alone).start()


def list_modules_once() -> None:
    """Keep the list of moto's modules, for which it reads its directory at each request."""
    from moto import backends

    modules = tuple(backends.list_of_moto_modules())
    patch.object(backends, "list_of_moto_modules", lambda: modules).start()


def look_up_members_at_once() -> None:
    """Return members of values that stand under their own names, and what is missing, without a search for other names.

    moto tries six of them for each of the ten members that a value of DynamoDB may have and does not have.
    """
    from moto.core.serialize import BaseJSONSerializer

    search = BaseJSONSerializer.get_value

    def get_value(self: "BaseJSONSerializer", value: Any, key: str, shape: Any) -> Any:
        if type(value) is dict and value.keys() <= _DYNAMODB_TYPES:
            return value.get(key)
        return search(self, value, key, shape)

    patch.object(BaseJSONSerializer, "get_value", get_value).start()


def project_attributes_at_once() -> None:
    """Copy the attributes that a request names; moto makes plain Python of the whole item for each of the names."""
    from moto.dynamodb.models.dynamo_type import Item

    search = Item.project

    def project(self: "Item", names: list[list[str]]) -> "Item":
        if any(len(path) != 1 or "[" in path[0] for path in names):
            return search(self, names)
        found = Item(self.hash_key, self.range_key, {})
        for (name,) in names:
            if name in self.attrs:
                dict.__setitem__(found.attrs, name, copy.deepcopy(self.attrs[name]))
        return found

    patch.object(Item, "project", project).start()


def keep_indexes() -> None:
    """Have tables that keep their indexes."""
    from tests.harness.moto_table import IndexedTable

    patch("moto.dynamodb.models.Table", IndexedTable).start()


def leave_unanswered() -> threading.Event:
    """Return what keeps connections from being answered that are made while it is set."""
    from moto.server import MotoRequestHandler

    hangs = threading.Event()
    handle = MotoRequestHandler.handle

    def handle_or_hang(self: "MotoRequestHandler") -> None:
        if hangs.is_set():
            threading.Event().wait()  # for ever: a thread of a process that ends
        handle(self)

    patch.object(MotoRequestHandler, "handle", handle_or_hang).start()
    return hangs


def main() -> None:
    from moto.server import ThreadedMotoServer

    hangs = leave_unanswered()
    keep_indexes()
    one_at_a_time()
    list_modules_once()
    look_up_members_at_once()
    project_attributes_at_once()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    for line in sys.stdin:
        match line.strip():
            case "stop":
                server.stop()
            case "hang":
                hangs.set()
            case "start" if hangs.is_set():
                hangs.clear()
            case "start":
                server = ThreadedMotoServer(ip_address=host, port=port, verbose=False)
                server.start()
        print(line, end="", flush=True)
    server.stop()


if __name__ == "__main__":
    main()
