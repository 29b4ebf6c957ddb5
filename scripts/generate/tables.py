"""The tables that repeat code: settings, languages, limits, fields of the API, reasons, options of commands."""

from functools import partial
from typing import Any, Final

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scripts.generate.fields import described, request, response
from scripts.generate.markdown import code
from scripts.generate.pages import KEPT, Blocks, Row, Table
from zuko.api.responses import refused
from zuko.api.submission_queries import ListQuery
from zuko.cli.main import COMMANDS, group
from zuko.errors import DrainingError, EngineError, ImageMissingError, NoCapacityError, StoreError
from zuko.languages.table import LANGUAGES, Compiler, Language
from zuko.settings import (
    AdmissionSettings,
    CallerSettings,
    FacadeSettings,
    HostSettings,
    HttpSettings,
    JudgingSettings,
    McpSettings,
    MemorySettings,
    PoolSettings,
    ProblemSettings,
    SandboxSettings,
    Settings,
    StoreSettings,
    TelemetrySettings,
    WebhookSettings,
)
from zuko.telemetry.metrics import METRICS
from zuko.types import Reason
from zuko.wire import judge, problems, submissions
from zuko.wire.execute import STATUS_MEANINGS, ExecuteRequest, ExecuteResponse
from zuko.wire.judge import GROUPS_MAX
from zuko.wire.service import FieldError, LanguageResponse, LanguagesResponse, LimitsResponse, ReadyResponse
from zuko.wire.verify import ValidatorResponse, VerifyResponse

KIB: Final = 1 << 10
MIB: Final = 1 << 20


# --- settings

# The tables of settings.md: of some groups more than one.
SECTIONS: Final[dict[str, tuple[type[BaseModel], ...]]] = {
    "programs": (MemorySettings, AdmissionSettings),
    "judging": (JudgingSettings,),
    "sandboxes": (SandboxSettings,),
    "pool": (PoolSettings,),
    "store": (StoreSettings,),
    "webhooks": (WebhookSettings,),
    "problems": (ProblemSettings,),
    "callers": (CallerSettings,),
    "http": (HttpSettings,),
    "mcp": (McpSettings,),
    "facades": (FacadeSettings,),
    "host": (HostSettings,),
    "telemetry": (TelemetrySettings,),
}
_UNITS: Final = {"_per_s": "1/s", "_s_per_day": "s/day", "_ms": "ms", "_bytes": "bytes", "_mib": "MiB", "_s": "s"}
_SIGNS: Final = {"gt": ">", "ge": "≥", "le": "≤"}


def settings(section: str) -> Table:
    """Return the settings of a section: those that its groups do not inherit."""
    names = [name for group in SECTIONS[section] for name in group.__annotations__ if name in Settings.model_fields]
    return Table(
        ("variable", "unit", "default", "bounds", "meaning", "in detail"),
        tuple(_setting(name, Settings.model_fields[name]) for name in names),
    )


def _setting(name: str, info: FieldInfo) -> Row:
    unit = next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), "-")
    limits = [_attributes(each) for each in info.metadata]
    bounds = [f"{sign} {each[key]}" for each in limits for key, sign in _SIGNS.items() if key in each]
    return (
        code(f"ZUKO_{name.upper()}"),
        unit,
        code(_spelled(info.default)) + (_binary(info.default) if unit == "bytes" else ""),
        ", ".join(bounds) or "-",
        str(info.description),
        KEPT,
    )


def _attributes(bound: object) -> dict[str, Any]:
    return {key: getattr(bound, key) for key in getattr(type(bound), "__dataclass_fields__", {})}


def _spelled(value: object) -> str:
    match value:
        case None | ():
            return "unset"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return ",".join(map(str, value))
    return str(value)


def _binary(size: object) -> str:
    return f" ({_size(size)})" if isinstance(size, int) else ""


def _size(size: int) -> str:
    """Return a size in the largest binary unit that leaves no fraction."""
    if size % MIB == 0:
        return f"{size // MIB} MiB"
    return f"{size // KIB} KiB" if size % KIB == 0 else f"{size} bytes"


# --- figures


def figures() -> Table:
    """Return the metrics of a service."""
    rows = [(code(each.name), each.kind.value, ", ".join(map(code, each.labels)) or "-", each.help) for each in METRICS]
    return Table(("metric", "kind", "labels", "what it counts"), tuple(rows))


# --- reasons and statuses

_REFUSALS: Final = (NoCapacityError, DrainingError, EngineError, ImageMissingError, StoreError)


def statuses() -> Table:
    """Return the statuses."""
    return Table(("status", "meaning"), tuple((code(status), meaning) for status, meaning in STATUS_MEANINGS.items()))


def reasons() -> Table:
    """Return the reasons, with what HTTP says of them."""
    retry = {refused(error("")).reason: error.retry_after_s for error in _REFUSALS}
    rows: list[Row] = []
    for reason in Reason:
        http = 503 if reason in retry else 500 if reason is Reason.INTERNAL_ERROR else 200
        after = f"{retry[reason]} s" if reason in retry else "-"
        rows.append((code(reason), KEPT, str(http), after, KEPT, KEPT, KEPT))
    return Table(("reason", "status", "HTTP", "Retry-After", "exit_code", "meaning", "what to do"), tuple(rows))


# --- limits


def _limits(rows: dict[str, str]) -> Table:
    return Table(("limit", "default", "what happens when it is hit"), tuple((*row, KEPT) for row in rows.items()))


def execute_limits() -> Table:
    """Return the limits of a request to execute."""
    now = Settings.model_construct()  # the defaults, whatever the environment says
    return _limits(
        {
            "size of `code`": f"{_size(now.code_limit_bytes)} of UTF-8",
            "size of `input_data`": f"{_size(now.input_limit_bytes)} of UTF-8",
            "`timeout`": f"{now.timeout_default_s} s, at most {now.timeout_max_s} s",
            "size of the body": f"{_size(now.body_limit_bytes)} as sent, JSON escapes included",
            "values in the body": "100,000, names among them",
            "bodies held at a time": f"{_size(now.bodies_limit_bytes)} together, each without its first 64 KiB",
            "each of stdout, stderr": _size(now.output_limit_bytes),
            "both outputs as JSON": _size(now.response_limit_bytes),
            "memory of the sandbox": f"{now.memory_limit_mib} MiB, or what the [language](languages.md) needs; no swap",
            "processes and threads": f"{now.pids_limit}, zuko-init among them",
            "CPU": f"{now.cpus:g} core",
            "files, descriptors, other": "see [Sandbox](sandbox.md)",
            "waiting submissions": str(now.queue_size),
            "wait for a sandbox": f"{now.queue_timeout_s:g} s",
        }
    )


def judge_limits() -> Table:
    """Return the limits of a request to judge."""
    now = Settings.model_construct()
    return _limits(
        {
            "size of `code`, and of `files` together": f"{_size(now.code_limit_bytes)} of UTF-8",
            "`cases`": str(now.judge_cases_max),
            "`groups`": str(GROUPS_MAX),
            "an `input`": "64 MiB",
            "files of a case in the workspace of a jury program": f"{now.workspace_mib} MiB",
            "`time_limit_ms`, `wall_time_limit_ms`": f"{now.timeout_max_s * 1000} ms",
            "`memory_limit_kb`": f"{now.memory_limit_max_mib} MiB",
            "`output_limit_kb`": _size(now.judge_output_limit_bytes),
            "size of the body": f"{_size(now.judge_body_limit_bytes)} as sent",
            "time for all cases": f"{now.judge_timeout_s:g} s",
            "a sandbox that breaks while it has a case": "once",
            "cases at the same time": "as many sandboxes as are free",
        }
    )


# --- languages


def languages() -> Table:
    """Return the languages: names, versions, files, memory."""
    now = Settings.model_construct()
    return Table(
        ("language", "also called", "title", "version", "source", "image", "memory, MiB"),
        tuple(
            (
                code(each.name),
                _codes(each.aliases),
                each.title,
                each.version,
                code(each.source_name),
                code(each.image),
                str(now.memory_bytes(each) // MIB),
            )
            for each in LANGUAGES.values()
        ),
    )


def compilations() -> Table:
    """Return how the compiled languages are compiled."""
    return Table(
        ("language", "command", "then the files that are called", "makes", "memory, MiB"),
        tuple(_compilation(each, each.compiler) for each in LANGUAGES.values() if each.compiler),
    )


def _compilation(language: Language, compiler: Compiler) -> Row:
    return (
        code(language.name),
        code(" ".join(compiler.argv)),
        _codes(tuple(f"*{suffix}" for suffix in compiler.suffixes)) or "-",
        _codes(compiler.artifacts),
        str(language.compile_memory_mib),
    )


def compile_options() -> Table:
    """Return the options of compilers that a request may set."""
    return Table(
        ("language", "options that a request may set"),
        tuple(
            (code(each.name), "; ".join(option.shown for option in each.compiler.options))
            for each in LANGUAGES.values()
            if each.compiler
        ),
    )


def runs() -> Table:
    """Return what is run."""
    return Table(
        ("language", "what is run"),
        tuple((code(each.name), code(" ".join(each.run_argv))) for each in LANGUAGES.values()),
    )


def _codes(words: tuple[str, ...]) -> str:
    return ", ".join(map(code, words))


# --- commands


def options(command: str) -> Table:
    """Return the arguments and options of a command, and of the commands in it, each once."""
    context = click.Context(group)
    found = group.get_command(context, command)
    commands = [found, *(found.commands.values() if isinstance(found, click.Group) else ())]
    names = (_option(parameter, context) for each in commands if each for parameter in each.params)
    return Table(("option", "meaning"), tuple((name, KEPT) for name in dict.fromkeys(names)))


def _option(parameter: click.Parameter, context: click.Context) -> str:
    if isinstance(parameter, click.Argument):
        return code(parameter.make_metavar(context))
    long, *short = sorted((*parameter.opts, *parameter.secondary_opts), key=len, reverse=True)
    value = ""
    if isinstance(parameter, click.Option) and not parameter.is_flag:
        is_choice = isinstance(parameter.type, click.Choice)
        value = " " + (str(parameter.name).upper() if is_choice else parameter.make_metavar(context))
    return ", ".join(map(code, (f"{long}{value}", *short)))


BLOCKS: Final[Blocks] = {
    **{f"settings of {section}": partial(settings, section) for section in SECTIONS},
    "request to execute": lambda: request(ExecuteRequest, "request field"),
    "response to execute": lambda: response(ExecuteResponse, "response field", "null when"),
    "statuses": statuses,
    "reasons": reasons,
    "refusals": lambda: response(FieldError, "field"),
    "limits of execute": execute_limits,
    "languages response": lambda: described(LanguagesResponse, "response field"),
    "language fields": lambda: described(LanguageResponse, "language field"),
    "limit fields": lambda: described(LimitsResponse, "limit field"),
    "ready response": lambda: response(ReadyResponse, "response field"),
    "languages": languages,
    "compilations": compilations,
    "compile options": compile_options,
    "runs": runs,
    "request to judge": lambda: request(judge.JudgeRequest, "request field"),
    "cases": lambda: request(judge.CaseModel, "case field"),
    "groups": lambda: request(judge.GroupModel, "group field"),
    "checker": lambda: request(judge.BuiltinCheckerModel, "checker field"),
    "program": lambda: request(judge.ProgramModel, "program field"),
    "response to judge": lambda: response(judge.JudgeResponse, "response field"),
    "case response": lambda: response(judge.CaseResponse, "case field"),
    "attempts": lambda: response(judge.UsageResponse, "attempt field"),
    "group response": lambda: response(judge.GroupResponse, "group field"),
    "limits of judge": judge_limits,
    **{f"options of {command}": partial(options, command) for command in COMMANDS},
    "fields of submissions": lambda: request(submissions.StoredFields, "request field"),
    "response to submit": lambda: described(submissions.SubmittedResponse, "response field"),
    "submission": lambda: described(submissions.SubmissionResponse, "response field"),
    "webhook": lambda: described(submissions.WebhookResponse, "webhook field"),
    "filters": lambda: described(ListQuery, "parameter"),
    "attempt": lambda: described(submissions.AttemptResponse, "attempt field"),
    "rejudge": lambda: described(submissions.RejudgeRequest, "request field"),
    "queue": lambda: described(submissions.QueueResponse, "response field"),
    "worker": lambda: described(submissions.WorkerResponse, "worker field"),
    "problem": lambda: described(problems.ProblemResponse, "response field"),
    "verification": lambda: described(problems.VerificationResponse, "response field"),
    "verified": lambda: described(problems.VerifiedResponse, "submission field"),
    "verify lines": lambda: response(VerifyResponse, "field"),
    "metrics": figures,
    "validator lines": lambda: response(ValidatorResponse, "validator field"),
}
