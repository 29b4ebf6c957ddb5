"""Runs tests in processes that are forked after the collection: `pytest -p tests.harness.forked --forks 4`.

Each process of pytest-xdist imports and collects all modules itself: for `unit` 7 s of CPU time, and more
where none is kept compiled yet. Here one process does so for all. What is forked has no thread but its own, so no
module may start one when it is imported.

    collects ──fork──> 1 ─┐  takes some tests of one file after the other from a pipe,
       │     └─fork──> 2 ─┤  runs them, and sends their reports
       └── gives reports to the plugins of pytest that count, print and stop <──┘

For `unit` alone. Elsewhere processes must not share what modules have made of their number or opened when they were
imported: the user of programs (`supervisor`), the locks of `turns`.
"""

import gc
import itertools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Final, cast

import pytest

_TESTS_AT_A_TIME: Final = 16  # so many that fixtures of a file are seldom made twice, so few that none is waited for
_LENGTH: Final = 4  # bytes of a number in the pipe: read at once, or not at all


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--forks", type=int, default=0, metavar="N", help="fork N processes after the collection")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the tests in processes, unless pytest runs none or in its own way."""
    forks, option = session.config.getoption("--forks"), session.config.option
    spread_otherwise = getattr(option, "numprocesses", None) is not None or option.usepdb
    if forks < 1 or spread_otherwise or option.collectonly or session.testsfailed or not session.items:
        return None
    _Parent(session).run(forks)
    return True


def _parts(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    """Return tests in the order in which they are to begin, divided."""
    by_file = (list(group) for _, group in itertools.groupby(items, lambda item: item.path))
    return [list(part) for group in by_file for part in itertools.batched(group, _TESTS_AT_A_TIME)]


class _Parent:
    """The process that has collected."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._config = session.config
        self._hook = session.config.hook
        self._parts = _parts(session.items)
        self._missing = {item.nodeid: item for item in session.items}  # not run to its end yet
        self._todo, todo = os.pipe()
        content = b"".join(number.to_bytes(_LENGTH) for number in range(len(self._parts)))
        os.set_blocking(todo, False)
        assert os.write(todo, content) == len(content), "there are more tests than a pipe holds"
        os.close(todo)

    def run(self, forks: int) -> None:
        assert threading.active_count() == 1, (
            f"a module that is collected has started a thread: {threading.enumerate()}"
        )
        gc.collect()
        gc.freeze()  # a collection in a child would copy all pages
        children: dict[Connection, int] = {}
        try:
            for number in range(forks):
                connection, its = Pipe(duplex=False)
                pid = os.fork()
                if pid == 0:
                    for each in (*children, connection):
                        each.close()
                    _Child(self._session, its, self._todo, number).run(self._parts)
                its.close()
                children[connection] = pid
            self._hear(children)
        except BaseException:
            for pid in children.values():
                os.kill(pid, signal.SIGINT)  # from a terminal it comes to all, from elsewhere to this process alone
            raise
        finally:
            gc.unfreeze()
            self._drop_rest()
            for connection in children:
                connection.close()  # one that still reports is ended by that
            for pid in children.values():
                os.waitpid(pid, 0)
        self._complete()

    def _hear(self, children: dict[Connection, int]) -> None:
        open_ones = [*children]
        while open_ones:
            for connection in cast(list[Connection], wait(open_ones)):
                try:
                    kind, content = connection.recv()
                except EOFError:
                    open_ones.remove(connection)
                    continue
                getattr(self, f"_on_{kind}")(content)
            if self._session.shouldfail or self._session.shouldstop:
                self._drop_rest()

    def _drop_rest(self) -> None:
        while os.read(self._todo, 1 << 16):
            pass

    def _on_logstart(self, place: tuple[str, tuple[str, int | None, str]]) -> None:
        self._hook.pytest_runtest_logstart(nodeid=place[0], location=place[1])

    def _on_logreport(self, data: dict[str, Any]) -> None:
        report = self._hook.pytest_report_from_serializable(config=self._config, data=data)
        self._hook.pytest_runtest_logreport(report=report)

    def _on_logfinish(self, place: tuple[str, tuple[str, int | None, str]]) -> None:
        self._missing.pop(place[0])
        self._hook.pytest_runtest_logfinish(nodeid=place[0], location=place[1])

    def _on_failure(self, text: str) -> None:
        """Count what went wrong after the last test of a process."""
        item = self._session.items[-1]
        self._fail(item, f"a process of tests has failed at its end:\n{text}", "teardown")

    def _complete(self) -> None:
        """Let those tests fail that were in a process that has ended too early."""
        if not (self._session.shouldfail or self._session.shouldstop):
            for item in self._missing.values():
                self._fail(item, "the process of this test has ended before the test", "call")
        for what in (self._session.shouldfail, self._session.shouldstop):
            if what:
                raise (self._session.Failed if what is self._session.shouldfail else self._session.Interrupted)(what)

    def _fail(self, item: pytest.Item, why: str, when: Any) -> None:
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", why, when)
        self._hook.pytest_runtest_logreport(report=report)


class _Child:
    """A process that runs tests."""

    def __init__(self, session: pytest.Session, connection: Connection, todo: int, number: int) -> None:
        self._session = session
        self._config = session.config
        self._connection = connection
        self._todo = todo
        self._number = number

    def run(self, parts: list[list[pytest.Item]]) -> None:
        """Run tests until there is none, and end this process."""
        code = 1
        try:
            self._become_own()
            self._run(parts)
            self._config._ensure_unconfigure()  # what it finds, such as files that were not closed, it raises
            code = 0
        except BaseException:  # noqa: BLE001 - it must not return into the parent's part
            self._connection.send(("failure", traceback.format_exc()))
        finally:
            sys.stdout.flush()
            os._exit(code)

    def _become_own(self) -> None:
        """Part with what the processes would share."""
        if "COVERAGE_PROCESS_CONFIG" in os.environ:
            import coverage

            if (parents := coverage.Coverage.current()) is not None:
                parents._auto_save = False
                parents.stop()
            coverage.process_startup(force=True)
        plugins = self._config.pluginmanager
        reporter: Any = plugins.getplugin("terminalreporter")
        reporter._tw._file = open(os.devnull, "w")  # noqa: SIM115 - until the end
        captured: Any = plugins.getplugin("capturemanager")
        captured.stop_global_capturing()  # its files have one offset for all
        captured.start_global_capturing()
        captured.suspend_global_capture(in_=False)
        directories: Any = self._config._tmp_path_factory  # type: ignore[attr-defined]
        directories._basetemp = directories.getbasetemp() / f"fork-{self._number}"
        directories._basetemp.mkdir()
        plugins.register(self, "forked")

    def _run(self, parts: list[list[pytest.Item]]) -> None:
        for item, after in itertools.pairwise(itertools.chain(self._take(parts), [None])):
            assert item is not None
            self._config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self._session.shouldfail or self._session.shouldstop:
                break

    def _take(self, parts: list[list[pytest.Item]]) -> Iterator[pytest.Item]:
        while number := os.read(self._todo, _LENGTH):
            yield from parts[int.from_bytes(number)]

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        self._connection.send(("logstart", (nodeid, location)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._connection.send(("logreport", data))

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        self._connection.send(("logfinish", (nodeid, location)))
