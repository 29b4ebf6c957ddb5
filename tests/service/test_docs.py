"""The documents say what the code does: names, defaults, limits, tables, links, and the README's own example."""

import json
import re
import shlex
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import pytest
from click import Context
from pydantic import BaseModel

import docker
from tests import ROOT
from tests.harness.server import Server
from zuko.api.app import create_app
from zuko.api.models import FieldError, LanguageResponse, LanguagesResponse, ReadyResponse
from zuko.cli.main import COMMANDS, group
from zuko.engine import host as dockerhost
from zuko.engine.engine import RUNNER_GID, RUNNER_UIDS, WRITABLE, Engine
from zuko.engine.seccomp import PROFILE
from zuko.errors import DrainingError, EngineError, ImageMissingError, NoCapacityError
from zuko.judge import custom
from zuko.languages.table import LANGUAGES, PYTHON
from zuko.problem import Convention, Verdict
from zuko.sandbox import protocol
from zuko.settings import Settings
from zuko.types import Outcome, Reason, Status
from zuko.wire import judge
from zuko.wire.execute import ExecuteRequest, ExecuteResponse
from zuko.wire.verify import VerifyResponse

README: Final = ROOT / "README.md"
DOCS: Final = ROOT / "docs"
JUDGING: Final = DOCS / "reference" / "judging.md"
JUDGE_HOW_TO: Final = DOCS / "how-to" / "judge-a-submission.md"
API: Final = DOCS / "reference" / "api.md"
CLI: Final = DOCS / "reference" / "cli.md"
SETTINGS: Final = DOCS / "reference" / "settings.md"
PROTOCOL: Final = DOCS / "reference" / "protocol.md"
SANDBOX: Final = DOCS / "reference" / "sandbox.md"
PAGES: Final = [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

# Served beside the API and not part of its description.
PAGES_OF_THE_API: Final = {("GET", "/"), ("GET", "/docs"), ("GET", "/openapi.json")}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_blocks(text: str) -> str:
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def tables(path: Path) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Each table of a page: its heading and its rows, cells stripped."""
    lines = without_blocks(path.read_text()).splitlines()
    for at, line in enumerate(lines):
        if re.fullmatch(r"\|( --- \|)+", line):
            rows = []
            for row in lines[at + 1 :]:
                if not row.startswith("|"):
                    break
                rows.append(cells(row))
            heading = cells(lines[at - 1])
            assert all(len(row) == len(heading) for row in rows), f"{name(path)}: {heading}: a row of another length"
            yield heading, rows


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def table(path: Path, *heading: str) -> list[list[str]]:
    """The rows of the one table, or of all tables, whose heading begins so."""
    found = [rows for head, rows in tables(path) if tuple(head[: len(heading)]) == heading]
    assert found, f"{name(path)} has no table {heading}"
    return [row for rows in found for row in rows]


def coded(cell: str) -> list[str]:
    """What stands in code marks."""
    return re.findall(r"`([^`]+)`", cell)


def names_in(rows: list[list[str]]) -> set[str]:
    """What the rows are about: the code in their first cells."""
    return {each for row in rows for each in coded(row[0])}


# --- settings -----------------------------------------------------------------------------------------------------


def test_every_setting_is_documented() -> None:
    """In settings.md and in the code the same names, none more."""
    rows = table(SETTINGS, "variable", "unit", "default", "bounds")
    assert [coded(row[0]) for row in rows].count([]) == 0
    assert sorted(names_in(rows)) == sorted(f"ZUKO_{field.upper()}" for field in Settings.model_fields)
    assert len(rows) == len(Settings.model_fields)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_setting_is_as_documented(field: str) -> None:
    """Unit, default, bounds and meaning are the code's."""
    info = Settings.model_fields[field]
    (row,) = [row for row in table(SETTINGS, "variable", "unit") if coded(row[0]) == [f"ZUKO_{field.upper()}"]]
    _, unit, default, bounds, meaning = row
    units = {"_ms": "ms", "_bytes": "bytes", "_mib": "MiB", "_s": "s"}
    assert unit == next((unit for suffix, unit in units.items() if field.endswith(suffix)), "-")
    assert coded(default) == [spelled(info.default)]
    if size := re.search(r"\((\d+) (KiB|MiB)\)", default):
        assert int(size[1]) * {"KiB": 1 << 10, "MiB": 1 << 20}[size[2]] == info.default
    signs = {"gt": ">", "ge": "≥", "le": "≤"}
    expected = [f"{signs[key]} {vars_of(each)[key]}" for each in info.metadata for key in signs if key in vars_of(each)]
    assert bounds == (", ".join(expected) or "-")
    assert meaning.startswith(f"{info.description}. "), f"says {meaning!r}, the code says {info.description!r}"


def spelled(value: object) -> str:
    match value:
        case None | ():
            return "unset"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return ",".join(value)
    return str(value)


def vars_of(bound: object) -> dict[str, Any]:
    slots = getattr(type(bound), "__dataclass_fields__", {})
    return {key: getattr(bound, key) for key in slots}


def test_settings_named_anywhere_exist() -> None:
    known = {f"ZUKO_{field.upper()}" for field in Settings.model_fields}
    for path in PAGES:
        named = set(re.findall(r"ZUKO_[A-Z_]*[A-Z]", path.read_text()))
        assert named <= known, f"{name(path)} names {named - known}"


# --- the contract -------------------------------------------------------------------------------------------------


def test_every_route_is_documented() -> None:
    """The app's routes and those of api.md are the same."""
    paths = create_app(Settings()).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    told = {tuple(coded(row[0])[0].split()) for row in table(API, "route")}
    assert told == served | PAGES_OF_THE_API


@pytest.mark.parametrize("path", sorted(PAGES_OF_THE_API))
def test_documented_pages_are_served(server: Server, path: tuple[str, str]) -> None:
    assert server.client.get(path[1], follow_redirects=True).status_code == 200


def test_languages_are_documented() -> None:
    """The API's page names every one; docs/reference/languages.md has them all in tables."""
    (row,) = [row for row in table(API, "request field") if coded(row[0]) == ["language"]]
    assert LANGUAGES.keys() <= set(coded(" ".join(row[1:])))


@pytest.mark.parametrize(
    ("heading", "model"),
    [("request field", ExecuteRequest), ("answer field", ExecuteResponse)],
    ids=["request", "answer"],
)
def test_every_field_is_documented(heading: str, model: type[BaseModel]) -> None:
    rows = next(rows for head, rows in tables(API) if head[0] == heading)
    assert sorted(each for row in rows for each in coded(row[0])) == sorted(model.model_fields)


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("request field", judge.JudgeRequest),
        ("case field", judge.CaseModel),
        ("group field", judge.GroupModel),
        ("checker field", judge.BuiltinCheckerModel),
        ("program field", judge.ProgramModel),
        ("answer field", judge.JudgeResponse),
        ("case answer field", judge.CaseResponse),
        ("attempt field", judge.UsageResponse),
        ("group answer field", judge.GroupResponse),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_field_of_judging_is_documented(heading: str, model: type[BaseModel]) -> None:
    """In the order of the code, with what is required and the defaults."""
    rows = table(JUDGING, heading)
    assert [coded(row[0])[0] for row in rows] == list(model.model_fields)
    for row, field in zip(rows, model.model_fields.values(), strict=True):
        if "required" in next(head for head, _ in tables(JUDGING) if head[0] == heading):
            assert row[2].startswith("yes" if field.is_required() else "no"), row[0]
        if isinstance(field.default, int) and not isinstance(field.default, bool):
            assert f"default {field.default}" in row[2], row[0]
        if isinstance(field.default, str) and field.default:
            assert f"`{field.default}`" in row[2], row[0]
        if get_origin(field.annotation) is Literal:
            assert set(get_args(field.annotation)) <= set(coded(row[3])), row[0]


def test_limits_of_judging_are_the_settings() -> None:
    settings, mib = Settings(), 1 << 20
    limits = {row[0]: row[1] for row in table(JUDGING, "limit", "default")}
    assert limits["size of `code`, and of `files` together"].startswith(f"{settings.code_limit_bytes // 1024} KiB")
    assert limits["`cases`"] == f"{settings.judge_cases_max}"
    assert limits["`time_limit_ms`, `wall_time_limit_ms`"] == f"{settings.timeout_max_s * 1000} ms"
    assert limits["`memory_limit_kb`"] == f"{settings.memory_limit_max_mib} MiB"
    assert limits["`output_limit_kb`"] == f"{settings.judge_output_limit_bytes // mib} MiB"
    assert limits["size of the body"].startswith(f"{settings.judge_body_limit_bytes // mib} MiB")
    assert limits["time for all cases"] == f"{settings.judge_timeout_s:g} s"


def test_conventions_are_documented() -> None:
    """Every file that a checker is given or may leave, and what its exit codes mean."""
    rows = {coded(row[0])[0]: row for row in table(JUDGING, "convention", "called with")}
    assert rows.keys() == set(Convention)
    told = {word for row in rows.values() for cell in row for each in coded(cell) for word in each.split()}
    assert custom.JUDGE_FILES - told == {"teammessage.txt"}, "which is taken and not shown"
    for convention, meanings in (("kattis", custom._KATTIS), ("testlib", custom._TESTLIB)):
        _, _, right, wrong, besides = rows[convention]
        told_codes = {int(code): Verdict.AC for code in right.split(", ")}
        told_codes |= {int(code): Verdict.WA for code in wrong.split(", ")}
        if convention == "testlib":
            assert besides.startswith("7: right, with the points")
            told_codes[7] = Verdict.AC
        assert told_codes == meanings


def test_curls_of_judging(server: Server) -> None:
    """Run as they stand, but for the address, each is accepted; the streamed one sends its events in order."""
    commands = [block for block in blocks(JUDGE_HOW_TO.read_text(), "sh") if block.startswith("curl ")]
    assert len(commands) == 4
    for command in commands:
        arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
        told = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout
        if "-sN" in arguments:
            assert re.findall(r"^event: (\w+)", told, flags=re.MULTILINE) == ["case"] * 3 + ["judgement"]
            told = told.strip().rpartition("data: ")[2]
        answer = json.loads(told)
        assert answer["verdict"] == "AC", answer


def test_fields_of_the_other_answers_are_documented(server: Server) -> None:
    answers = [names_in(rows) for head, rows in tables(API) if head[0] == "answer field"]
    assert set(ExecuteResponse.model_fields) in answers
    assert set(ReadyResponse.model_fields) in answers
    assert set(LanguagesResponse.model_fields) in answers
    languages, limits = (
        row[2] for row in table(API, "answer field") if coded(row[0])[0] in LanguagesResponse.model_fields
    )
    assert set(coded(languages)) == set(LanguageResponse.model_fields)
    assert set(coded(limits)) == set(server.client.get("/api/v1/languages").json()["limits"])
    assert names_in(table(API, "field", "meaning")) == set(FieldError.model_fields)


def test_every_status_is_documented() -> None:
    assert names_in(table(API, "status", "meaning")) == set(Status)


def test_every_reason_is_documented() -> None:
    """All of them with a status; those that are not the program's doing with HTTP's, and when to try again."""
    rows = table(API, "reason", "status", "HTTP", "exit_code")
    assert [coded(row[0])[0] for row in rows] == list(Reason), "in the order of the code"
    assert {coded(row[1])[0] for row in rows} == set(Status) - {Status.OK}
    refused = {
        Reason.NO_CAPACITY: NoCapacityError,
        Reason.SHUTTING_DOWN: DrainingError,
        Reason.ENGINE_UNAVAILABLE: EngineError,
        Reason.IMAGE_MISSING: ImageMissingError,
    }
    for row in rows:
        reason, http = Reason(coded(row[0])[0]), row[2]
        if reason in refused:
            assert http == "503"
            assert f"after Retry-After: {refused[reason].retry_after_s} s" in row[5]
        else:
            assert http == ("500" if reason is Reason.INTERNAL_ERROR else "200")


def test_limits_of_the_contract_are_the_settings() -> None:
    """The figures in api.md are the defaults."""
    settings = Settings()
    mib = 1 << 20
    shown = {
        f"{settings.code_limit_bytes // 1024} KiB",
        f"{settings.input_limit_bytes // mib} MiB",
        f"{settings.output_limit_bytes // mib} MiB",
        f"1 to {settings.timeout_max_s}",
        f"default {settings.timeout_default_s}",
    }
    text = API.read_text()
    assert not [figure for figure in shown if figure not in text]
    limits = {row[0]: row[1] for row in table(API, "limit", "default")}
    assert limits["size of the body"].startswith(f"{settings.body_limit_bytes // mib} MiB")
    assert limits["bodies held at a time"].startswith(f"{settings.bodies_limit_bytes // mib} MiB")
    assert limits["both outputs as JSON"] == f"{settings.response_limit_bytes // mib} MiB"
    assert limits["memory of the sandbox"].startswith(f"{settings.memory_limit_mib} MiB")
    assert limits["processes and threads"].startswith(f"{settings.pids_limit},")
    assert limits["waiting submissions"] == f"{settings.queue_size}"
    assert limits["wait for a sandbox"] == f"{settings.queue_timeout_s:g} s"


# --- the command line --------------------------------------------------------------------------------------------


def test_every_command_is_documented() -> None:
    """Each has its section in cli.md, with every argument and option, and the exit codes of all."""
    text = CLI.read_text()
    sections = dict(re.findall(r"^## zuko (\w+)\n(.*?)(?=^## |\Z)", text, flags=re.DOTALL | re.MULTILINE))
    assert list(sections) == list(COMMANDS)
    for command, section in sections.items():
        parameters = group.get_command(Context(group), command).params
        known = {
            (name if name.startswith("-") else each.make_metavar(Context(group)))
            for each in parameters
            for name in each.opts
        }
        told = {
            each.split()[0]
            for row in re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE)
            for each in coded(row)
            if each.startswith("-") or each.isupper() or "..." in each
        }
        assert told == known, command


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_the_exit_codes_of_the_reference(command: str) -> None:
    section = CLI.read_text().partition(f"## zuko {command}\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| (\d+) \|", section, flags=re.MULTILINE)
    assert told or command == "run"
    epilog = str(group.get_command(Context(group), command).epilog)
    assert set(told) <= set(re.findall(r"\b(\d+)\b", epilog))


def test_fields_of_verify_are_documented() -> None:
    (rows,) = (rows for head, rows in tables(CLI) if head[0] == "field")
    assert [coded(row[0])[0] for row in rows] == list(VerifyResponse.model_fields)


def figureless(text: str) -> list[list[str]]:
    """Words without figures, which differ from run to run."""
    return [re.sub(r"\d+", "0", line).split() for line in text.splitlines()]


def test_how_to_verify_a_problem(tmp_path: Path) -> None:
    """What it shows is what is printed, and what it adds mends what is wrong."""
    page = DOCS / "how-to" / "verify-a-problem.md"
    package = shutil.copytree(ROOT / "tests" / "corpus" / "problems" / "products", tmp_path / "products")
    (shown,) = (block for block in blocks(page.read_text(), "text") if block.startswith("time limit"))
    verify = [sys.executable, "-m", "zuko", "verify", str(package)]
    result = subprocess.run(verify, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 1
    assert figureless(result.stdout) == figureless(shown)
    (added,) = (block for block in blocks(page.read_text(), "sh") if "3-large" in block)
    script = "".join(f"{line}\n" for line in added.splitlines() if "3-large" in line)
    subprocess.run(["sh", "-c", script.replace("/tmp/products", str(package))], check=True)
    result = subprocess.run(verify, capture_output=True, text=True, timeout=120, check=False)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "4 as claimed")
    (yaml,) = (block for block in blocks(page.read_text(), "yaml") if block.startswith("problem_format"))
    assert (package / "problem.yaml").read_text().endswith(yaml)


# --- the README's example -----------------------------------------------------------------------------------------


def masked(answer: dict[str, Any]) -> dict[str, Any]:
    """Figures differ from run to run: what stays is that they are figures."""
    return {key: type(value).__name__ if re.search("time|memory", key) else value for key, value in answer.items()}


def test_curl_of_the_readme(server: Server) -> None:
    """Run as it stands, but for the address, it gives the answer that stands below."""
    (execute,) = [block for block in blocks(README.read_text(), "sh") if block.startswith("curl ")]
    (shown,) = blocks(README.read_text(), "json")
    answer = asked(execute, server)
    assert answer["stdout"] == "Hello Zuko\n"
    assert masked(answer) == masked(json.loads(shown))
    assert list(answer) == list(json.loads(shown))


def asked(command: str, server: Server) -> dict[str, Any]:
    """The answer to a curl of a page, sent to this server."""
    assert "http://127.0.0.1:8000/" in command
    arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_curl_of_measurement(server: Server) -> None:
    """The page's own comparison with GNU time works and agrees in kind."""
    (command,) = blocks((DOCS / "reference" / "measurement.md").read_text(), "sh")
    arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
    answer = json.loads(subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout)
    assert answer["status"] == "OK"
    assert "Maximum resident set size (kbytes):" in answer["stderr"]


# --- the sandbox --------------------------------------------------------------------------------------------------


def test_container_settings(engine: Engine, docker_client: docker.DockerClient) -> None:
    """sandbox.md shows what `docker inspect` shows, and every setting that is not the engine's default."""
    with engine.start_sandbox(Settings().sandbox(PYTHON)) as sandbox:
        inspected = docker_client.api.inspect_container(sandbox.container_id)
    config = inspected["HostConfig"]
    config["SecurityOpt"] = [option.replace(PROFILE, "<profile>") for option in config["SecurityOpt"]]
    told = {coded(row[0])[0]: row[1] for row in table(SANDBOX, "setting", "value")}
    for setting, value in told.items():
        if literal := coded(value):
            actual = config["LogConfig"]["Type"] if setting == "LogConfig" else config[setting]
            assert json.loads(literal[0]) == actual, setting
    assert told.keys() >= {"ReadonlyRootfs", "NetworkMode", "CapDrop", "PidsLimit", "Memory", "MemorySwap", "NanoCpus"}

    limits = {coded(row[0])[0]: int(row[1]) for row in table(SANDBOX, "limit of a process")}
    assert limits == {limit["Name"]: limit["Soft"] for limit in config["Ulimits"]}
    assert limits == {limit["Name"]: limit["Hard"] for limit in config["Ulimits"]}

    rows = {coded(row[0])[0]: row for row in table(SANDBOX, "writable directory")}
    assert set(rows) == set(WRITABLE)
    assert set(config["Tmpfs"]) == set(rows) - {"/dev/mqueue"}
    (told_options,) = (coded(row[2])[0] for row in table(SANDBOX, "setting", "value") if coded(row[0]) == ["Tmpfs"])
    for path, options in config["Tmpfs"].items():
        size = int(rows[path][1].removesuffix(" MiB")) << 20
        assert options == f"{told_options},nr_inodes={rows[path][2]},size={size}"


def test_what_a_program_sees(server: Server) -> None:
    """Environment, user, directory and interpreter, asked from inside."""
    code = (
        "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), os.getuid(), os.getgid(), sys.argv]))"
    )
    environment, directory, uid, gid, argv = json.loads(server.execute(code)["stdout"])
    told = {coded(row[0])[0]: coded(row[1])[0] for row in table(SANDBOX, "environment variable")}
    assert environment == told
    text = SANDBOX.read_text()
    assert f"`{PYTHON.run_argv[0]} {argv[0]}` in `{directory}`" in text
    assert f"a uid from {RUNNER_UIDS[0]} to {RUNNER_UIDS[-1]}" in text
    assert uid in RUNNER_UIDS
    assert f"gid {gid};" in text
    assert gid == RUNNER_GID
    assert f"Signal {PYTHON.flush_signal} " in text


# The rules of confine.c, as sandbox.md words them: when a call is forbidden, and what happens.
RULES: Final = {
    "END": ("always", "ends the run"),
    "NO_SUCH_CALL": ("always", "fails with ENOSYS"),
    "REFUSED": ("always", "fails with EPERM"),
    "PERSONALITY": ("unless it asks, or sets Linux's own, for 32 or 64 bits", "fails with EPERM"),
    "PID_1": ("if it names PID 1 (argument 0)", "ends the run"),
    "PRLIMIT": ("if it sets a limit of PID 1", "ends the run"),
    "WHO_FROM_0": ("if it names PID 1, its process group, or a user", "ends the run"),
    "WHO_FROM_1": ("if it names PID 1, its process group, or a user", "ends the run"),
    "NEW_SPACE": ("if it asks for a new namespace", "ends the run"),
    "NEW_SPACES": ("if it asks for a new namespace", "ends the run"),
    "COLLAPSE": ("if it asks for `MADV_COLLAPSE`", "fails with EINVAL"),
    "FAMILY": ("for families that are not listed below", "fails with EAFNOSUPPORT"),
}


def test_forbidden_calls() -> None:
    """The table in sandbox.md and the filter's are the same, rule by rule."""
    source = (ROOT / "docker" / "init" / "confine.c").read_text()
    filtered = {call: RULES[rule] for call, rule in re.findall(r"CALL\((\w+), ([A-Z_0-9]+)\)", source)}
    assert len(filtered) > 40
    told = {call: (row[1], row[2]) for row in table(SANDBOX, "system calls") for call in coded(row[0])}
    assert told == filtered


# --- the protocol -------------------------------------------------------------------------------------------------


def header_constants() -> dict[str, int]:
    source = (ROOT / "docker" / "init" / "protocol.h").read_text()
    found = re.findall(r"^#define (\w+) (\(?\d+u?(?: << \d+)?\)?)", source, flags=re.MULTILINE)
    return {key: int(value) if value.isdigit() else shifted(value) for key, value in found}


def shifted(text: str) -> int:
    value, _, shift = text.strip("()").replace("u", "").partition(" << ")
    return int(value) << int(shift or 0)


def test_protocol_limits() -> None:
    constants = header_constants()
    for row in table(PROTOCOL, "limit", "value", "beyond it"):
        constant = coded(row[0])[0]
        assert row[1].split()[0] == str(constants[constant]), constant
    text = PROTOCOL.read_text()
    assert constants["PROTOCOL_VERSION"] == protocol.VERSION
    assert f"\nVersion {protocol.VERSION}.\n" in text
    assert f"protocol version, {protocol.VERSION};" in text
    assert f"\n{constants['HELLO_SIZE']} bytes.\n" in text
    assert f"and {protocol.REPLY_OVERHEAD_MAX} bytes" in text


def test_frame_types() -> None:
    told = {row[1]: ord(coded(row[0])[0]) for row in table(PROTOCOL, "type", "name")}
    assert told == {kind.name: kind.value for kind in protocol.FrameType}


@pytest.mark.parametrize(
    ("first", "layout"),
    [
        ("type, an ASCII letter", protocol._HEADER),
        ("protocol version", protocol._HELLO),
        ("wall time limit, ms", protocol._RUN),
        ("outcome", protocol._RESULT_HEAD),
    ],
    ids=["frame", "HELLO", "RUN", "RESULT"],
)
def test_layout_of_frames(first: str, layout: struct.Struct) -> None:
    """Offsets and sizes of the fixed part, field by field."""
    (rows,) = [rows for head, rows in tables(PROTOCOL) if head[0] == "offset" and rows[0][2].startswith(first)]
    fixed = [(int(row[0]), int(row[1])) for row in rows if row[0].isdigit() and row[1].isdigit()]
    sizes = [struct.calcsize(f"<{code}") for code in layout.format.removeprefix("<")]
    assert fixed == [(sum(sizes[:at]), size) for at, size in enumerate(sizes)]


def test_every_reason_not_to_take_a_file_is_documented() -> None:
    """Those of our own in our own words; the rest are the C library's."""
    told = names_in(table(PROTOCOL, "why", "what it is"))
    ours = "".join((ROOT / "docker" / "init" / name).read_text() for name in ("artifacts.c", "store.c"))
    assert {why for why in told if f'"{why}"' not in ours} == {"No such file or directory", "Permission denied"}
    refusals = re.findall(r'(?:reject\(artifacts, name, |return )"([^"]+)"', ours)
    assert set(refusals) <= told


def test_every_outcome_is_documented() -> None:
    told = {int(row[0]): coded(row[1])[0] for row in table(PROTOCOL, "number", "outcome")}
    assert told == protocol._OUTCOMES
    assert set(told.values()) == set(Outcome)
    reasons = {each for row in table(PROTOCOL, "number", "outcome") for each in coded(row[3])}
    assert reasons <= set(Reason)


# --- the Docker host ----------------------------------------------------------------------------------------------


def test_every_failure_of_tls_is_documented() -> None:
    """In the words of `problem`, so that a search finds them."""
    told = names_in(table(DOCS / "how-to" / "remote-docker-host.md", "cause", "what mends it"))
    assert told == set(dockerhost._TLS_CAUSES.values())


# --- all pages ----------------------------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """How GitHub makes an anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {slug(found) for found in re.findall(r"^#+ (.+)$", without_blocks(path.read_text()), flags=re.MULTILINE)}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    text = without_blocks(path.read_text())
    for link in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.is_relative_to(ROOT), link
        assert file.exists(), f"{name(path)} links to {link}"
        assert not anchor or anchor in anchors(file), f"{name(path)} links to {link}"


def test_every_page_is_reached() -> None:
    """From docs/index.md, directly."""
    links = {(DOCS / link.partition("#")[0]).resolve() for link in re.findall(r"\]\(([^)\s:]+)\)", read_index())}
    assert not [name(path) for path in PAGES if path not in links and path != DOCS / "index.md"]


def read_index() -> str:
    return (DOCS / "index.md").read_text()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_pages_are_plain(path: Path) -> None:
    """One heading of the first level, no path of somebody's home, no trailing blanks."""
    text = path.read_text()
    prose = without_blocks(text)
    assert len(re.findall(r"^# ", prose, flags=re.MULTILINE)) == 1
    assert not re.search(r"(?<![\w.])/(home|Users|root)/", text)
    assert not re.search(r"[ \t]+$", text, flags=re.MULTILINE)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for path in PAGES:
        text = path.read_text()
        named = set(re.findall(r"`make ([a-z-]+)", text)) | set(
            re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", "\n".join(blocks(text, "sh")), flags=re.MULTILINE)
        )
        assert named <= targets, f"{name(path)} names {named - targets}"
