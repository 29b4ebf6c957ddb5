"""Imports point one way, few modules know a library, and importing Zuko does nothing."""

import ast
import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests import ROOT
from tests.harness.syntax import statements

# A room imports from the rows above its own only. A new one gets its place here.
ORDER: Final = (
    {"types", "errors", "caller"},
    {"problem", "languages", "sandbox", "telemetry", "fair"},
    {"wire", "settings", "engine", "contest"},
    {"pool", "images", "client", "guard"},
    {"execution"},
    {"judge"},
    {"package"},
    {"mcp", "submissions"},
    {"doctor"},
    {"api", "cli"},
    {"aws", "__main__"},
)
RANK: Final = {name: rank for rank, names in enumerate(ORDER) for name in names}

# The contract, and all that its rooms and modules may import of ours. Clients, queues and façades share it, and none of
# them wants an engine's SDK or a web framework with it.
CONTRACT: Final = {
    "problem": {"types"},
    "wire": {"types", "problem"},
    "client": {"types", "errors", "problem", "wire"},
}
FOREIGN: Final = ("docker", "requests", "fastapi", "starlette", "boto3", "pydantic_settings")

# Rooms that hold sandboxes, and those that may import them: any other way in calls the executor.
HOLDERS: Final = {"sandbox", "pool", "engine"}
MAY_HOLD: Final = {*HOLDERS, "execution", "judge"}
ON_ENGINES: Final = {"cli/images", "doctor/host", "doctor/images", "guard", "images"}  # an engine is what they work on

# Rooms and modules that may import a library; no other may.
OWNERS: Final = {
    "docker": {"engine/confinement", "engine/connection", "engine/engine", "engine/host", "engine/images"},
    "requests": {"engine/engine", "engine/host", "engine/tls"},
    "aws_lambda_powertools": {"aws"},
    "boto3": {"engine/secret", "submissions/aws"},
    "botocore": {"engine/secret", "submissions/aws"},
    "httpx2": {"client", "submissions/calling"},
    "h11": {"guard"},
    "mangum": {"aws"},
    "opentelemetry": {"telemetry/otel"},
    "prometheus_client": {"telemetry/prometheus"},
    "mcp": {"mcp"},
    "mcp_types": {"mcp"},
    "psycopg": {"submissions/postgres"},
    "sqlite3": {"submissions/sqlite", "submissions/sqlite_words"},
    "fastapi": {"api"},
    "fastapi_offline": {"api"},
    "starlette": {"api", "mcp/http"},
    "uvicorn": {"cli/serve"},
    "yaml": {"package/document"},
    "click": {"cli"},
    "rich": {"cli"},
}

LINES_MAX: Final = 400  # of a module
MODULES: Final = sorted(path for path in (ROOT / "zuko").rglob("*.py") if path != ROOT / "zuko" / "__init__.py")


def member(path: Path) -> str:
    """Return the room of a module: the top-level package, or the module itself."""
    return path.relative_to(ROOT / "zuko").parts[0].removesuffix(".py")


OF_THE_CONTRACT: Final = [path for path in MODULES if member(path) in CONTRACT]


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Return every module that a file imports, anywhere in it, with dots."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in statements(path):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                assert level == 0, f"{path}:{node.lineno}: imports are absolute"
                # `from zuko import protocol` imports zuko.sandbox.protocol.
                yield from (f"{module}.{name.name}" for name in names) if module == "zuko" else [str(module)]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def rooms(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules of ours that a module imports, each with its room."""
    for module in imported(path):
        package, _, rest = module.partition(".")
        if package == "zuko" and rest:
            yield module, rest.partition(".")[0]


def place(path: Path) -> str:
    """Return a module's path below `zuko`, without its ending."""
    return str(path.relative_to(ROOT if path == ROOT / "main.py" else ROOT / "zuko").with_suffix(""))


def test_imports_point_one_way() -> None:
    assert {member(path) for path in MODULES} == RANK.keys(), "each room has its place in ORDER"
    wrong = [
        f"{name(path)} imports {module}, which is not below it"
        for path in MODULES
        for module, room in rooms(path)
        if room != member(path) and not (room in RANK and RANK[room] < RANK[member(path)])
    ]
    assert not wrong, "\n".join(wrong)


def test_the_contract_imports_nothing_of_ours() -> None:
    wrong = [
        f"{name(path)} imports {module}"
        for path in OF_THE_CONTRACT
        for module, room in rooms(path)
        if room not in CONTRACT[member(path)] | {member(path)}
    ]
    assert not wrong, "\n".join(wrong)


LOAD_EACH: Final = """
import json, os, sys
import pydantic, httpx2  # what they may load, once for all

pydantic.BaseModel.model_config["defer_build"] = True  # models are not used here: a third of the time

for module in sys.argv[1:]:
    if os.fork() == 0:
        __import__(module)
        print(json.dumps([module, *sys.modules]), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, module
"""


def test_the_contract_loads_nothing_heavy() -> None:
    """Each module is imported alone, in a process that has loaded nothing else of ours."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in OF_THE_CONTRACT
    ]
    reports = [json.loads(line) for line in run_python(LOAD_EACH, *modules).splitlines()]
    assert [module for module, *_ in reports] == modules
    for module, *loaded in reports:
        assert module in loaded
        assert not {each.partition(".")[0] for each in loaded} & set(FOREIGN), module
        ours = {each.split(".")[1] for each in loaded if each.startswith("zuko.")}
        assert ours <= {"types", "errors", *CONTRACT}, module


def test_a_module_has_one_job() -> None:
    for path in MODULES:
        lines = len(path.read_text().splitlines())
        assert lines <= LINES_MAX, f"{name(path)} has {lines} lines: divide it by jobs"


def test_the_types_are_for_others_too() -> None:
    """PEP 561: without this file type checkers ignore the annotations of an installed package."""
    assert (ROOT / "zuko" / "py.typed").is_file()


def test_no_other_way_in_holds_a_sandbox() -> None:
    """Routes, the function, commands and packages call the executor and nothing below."""
    wrong = [
        f"{name(path)} imports {module}"
        for path in MODULES
        if not {member(path), place(path)} & (MAY_HOLD | ON_ENGINES)
        for module, room in rooms(path)
        if room in HOLDERS
    ]
    assert not wrong, "\n".join(wrong)


def test_one_module_knows_a_library() -> None:
    wrong = list[str]()
    for path in (*MODULES, ROOT / "main.py"):
        own = {place(path), *map(str, Path(place(path)).parents)}
        wrong += [
            f"{name(path)} imports {module}"
            for module in imported(path)
            if not own & OWNERS.get(module.partition(".")[0], own)
        ]
    assert not wrong, "\n".join(wrong)


IMPORT_EVERYTHING: Final = """
import json, logging, pkgutil, socket, sys, threading

seen = []
watched = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork"}
sys.addaudithook(lambda event, arguments: event in watched and seen.append(event))

import importlib, signal
import zuko

handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
modules = [found.name for found in pkgutil.walk_packages(zuko.__path__, "zuko.")]
for module in modules:
    importlib.import_module(module)
print(json.dumps({
    "modules": modules,
    "seen": seen,
    "threads": [thread.name for thread in threading.enumerate()],
    "log handlers": len(logging.getLogger().handlers),
    "signals": handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
}))
"""


def run_python(code: str, *arguments: str, **env: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:1", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_importing_does_nothing() -> None:
    """Imports make no connection, process, thread or log handler and read no settings: these are made unusable here."""
    did = json.loads(run_python(IMPORT_EVERYTHING, ZUKO_CONCURRENCY="nonsense"))
    assert {f"zuko.{name}" for name in RANK} <= set(did["modules"])
    assert did["seen"] == []
    assert did["threads"] == ["MainThread"]
    assert did["log handlers"] == 0
    assert did["signals"]


def test_making_the_app_contacts_nothing() -> None:
    """`uvicorn main:app` imports main: an engine that is away must not keep the service from starting."""
    code = """
import sys
sys.addaudithook(lambda event, arguments: event == "socket.connect" and sys.exit(f"{event} {arguments}"))
import main
"""
    run_python(code)


# --- the tests ----------------------------------------------------------------------------------------------------

TIERS: Final = {"unit", "supervisor", "sandbox", "service", "corpus", "ops", "stress"}
WITHOUT_ENGINE: Final = {"unit", "supervisor"}
# A test with one of these fixtures, or with one of these modules, needs an engine or a server.
ENGINE_FIXTURES: Final = {"docker_client", "engine", "server", "api", "own_server", "tls_engine", "moto_server"}
ENGINE_MODULES: Final = {"docker", "uvicorn", "moto"} | {
    f"tests.harness.{module}"
    for module in (
        "aws_place",
        "containers",
        "crash.field",
        "dockerd",
        "emulator",
        "judging",
        "load",
        "moto_server",
        "postgres",
        "relay",
        "server",
        "tls_engine",
    )
}
TEST_LINES_MAX: Final = 500
# Programs to be run in a sandbox are in directories that are not packages.
TESTS: Final = [path for path in sorted((ROOT / "tests").rglob("*.py")) if (path.parent / "__init__.py").exists()]


def tier(path: Path) -> str:
    return path.relative_to(ROOT / "tests").parts[0]


def test_every_test_is_in_a_tier() -> None:
    """The directories of `unit` are the rooms of zuko, docs and infra."""
    assert {tier(path) for path in TESTS if path.name.startswith("test_")} == TIERS
    rooms = {path.parent.name for path in (ROOT / "tests" / "unit").glob("*/__init__.py")}
    assert rooms <= {path.parent.name for path in (ROOT / "zuko").glob("*/__init__.py")} | {"docs", "infra"}


def test_tiers_share_the_harness_alone() -> None:
    """The stress tier may also use the corpus, which it repeats."""
    for path in TESTS:
        others = {module.split(".")[1] for module in imported(path) if module.startswith("tests.")} & TIERS
        allowed = {tier(path)} | ({"corpus"} if tier(path) == "stress" else set())
        assert others <= allowed, f"{name(path)} imports from {others - allowed}"


def test_what_needs_no_engine_asks_for_none() -> None:
    """Neither by an import nor by a fixture."""
    for path in TESTS:
        if tier(path) not in WITHOUT_ENGINE:
            continue
        for module in imported(path):
            assert not {module, module.partition(".")[0]} & ENGINE_MODULES, f"{name(path)} imports {module}"
        for node in statements(path):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                asked = {argument.arg for argument in node.args.args} & ENGINE_FIXTURES
                assert not asked, f"{name(path)}: {node.name} asks for {asked}"


def test_a_module_of_tests_has_one_subject() -> None:
    for path in TESTS:
        lines = len(path.read_text().splitlines())
        assert lines <= TEST_LINES_MAX, f"{name(path)} has {lines} lines: divide it by subject"
