"""The tools of an MCP server: their arguments, and errors that a model can act on."""

import base64
import contextlib
import logging
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

import zuko
from zuko.client.options import JudgeOptions, RunOptions
from zuko.errors import ImageMissingError, SubmissionError, UnavailableError, UnknownLanguageError, ZukoError
from zuko.mcp.progress import ending_with_its_call, reporting
from zuko.mcp.results import JudgeView, RunView, judge_content, run_content
from zuko.mcp.runner import Runner
from zuko.mcp.texts import INSTRUCTIONS, judging_text, languages_text, run_text
from zuko.types import PATTERNS_MAX, Reason, Status
from zuko.wire.execute import FileModel
from zuko.wire.judge import BuiltinCheckerModel, CaseModel
from zuko.wire.service import LanguagesResponse

CASES_MAX: Final = 200
# A run has no effect outside its sandbox, which is thrown away: agents may call without asking.
_ANNOTATIONS: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
# Names of the tools' arguments, by the fields of the API that a refusal names.
_ARGUMENTS: Final = {
    "input_data": "stdin",
    "timeout": "timeout_s",
    "artifacts": "return_files",
}


class InputFile(FileModel):
    """A file for the program."""


class Case(BaseModel):
    """A test case."""

    model_config = ConfigDict(extra="forbid")

    input: Annotated[str, Field(description="standard input")] = ""
    output: Annotated[str, Field(description="the expected output")]
    name: Annotated[str | None, Field(max_length=200, description="unset: its number, from 1")] = None


Language = Annotated[str, Field(description="name of a language, or an alias")]
Code = Annotated[str, Field(description="source of the whole program, its main file")]
Files = Annotated[list[InputFile], Field(description="other files, in the program's directory")]


def make_server(runner: Runner, offered: LanguagesResponse) -> MCPServer[Any]:
    """Return a server with the tools.

    Args:
        runner: runs the programs.
        offered: languages and limits, for the descriptions.
    """
    with _log_as_it_is():
        server: MCPServer[Any] = MCPServer(
            "zuko", title="Zuko", version=zuko.__version__, instructions=INSTRUCTIONS, log_level="WARNING"
        )
    _add_run_code(server, runner, run_text(offered))
    _add_run_tests(server, runner, judging_text(offered))

    @server.tool(title="List languages", annotations=_ANNOTATIONS)
    async def list_languages() -> CallToolResult:
        """List the languages with their versions, and the limits of a program."""
        with _errors_for_a_model():
            found = await runner.languages()
        return CallToolResult(content=[TextContent(type="text", text=languages_text(found))])

    return server


def _add_run_code(server: MCPServer[Any], runner: Runner, description: str) -> None:
    @server.tool(title="Run code", description=description, annotations=_ANNOTATIONS)
    async def run_code(
        code: Code,
        *,
        context: Context[Any, Any],
        language: Language = "python",
        stdin: Annotated[str, Field(description="standard input of the program")] = "",
        args: Annotated[list[str], Field(description="arguments of the program")] = [],  # noqa: B006
        files: Files = [],  # noqa: B006 - the SDK copies defaults
        timeout_s: Annotated[int | None, Field(description="wall time limit, s")] = None,
        return_files: Annotated[
            list[str],
            Field(max_length=PATTERNS_MAX, description="files to return, by path or pattern: plot.png, out/*.csv"),
        ] = [],  # noqa: B006
    ) -> Annotated[CallToolResult, RunView]:
        options: RunOptions = {"input_data": stdin, "args": args, "files": _files(files)}
        if timeout_s is not None:
            options["timeout"] = timeout_s
        if return_files:
            options["artifacts"] = return_files
        with _errors_for_a_model():
            async with reporting(context):
                response = await ending_with_its_call(context, runner.run(language, code, **options))
        if response.status is Status.ERROR:
            raise ToolError(f"{response.message or 'the sandbox failed'}. This says nothing about the program.")
        return run_content(response)


def _add_run_tests(server: MCPServer[Any], runner: Runner, description: str) -> None:
    @server.tool(title="Run tests", description=description, annotations=_ANNOTATIONS)
    async def run_tests(
        code: Code,
        *,
        cases: Annotated[list[Case], Field(min_length=1, max_length=CASES_MAX)],
        context: Context[Any, Any],
        language: Language = "python",
        files: Files = [],  # noqa: B006
        time_limit_ms: Annotated[int | None, Field(description="CPU time limit of a case, ms")] = None,
        compare: Annotated[
            Literal["tokens", "lines", "exact", "floats"],
            Field(
                description="tokens: words, white space does not matter; lines: ends of lines do not matter; exact: "
                "each byte; floats: numbers within 1e-6"
            ),
        ] = "tokens",
        stop_at_failure: Annotated[bool, Field(description="do not run the cases after a failure")] = False,
    ) -> Annotated[CallToolResult, JudgeView]:
        tolerance = 1e-6 if compare == "floats" else None
        options: JudgeOptions = {
            "cases": [CaseModel(name=case.name, input=case.input, output=case.output) for case in cases],
            "files": _files(files),
            "checker": BuiltinCheckerModel(kind=compare, absolute_tolerance=tolerance, relative_tolerance=tolerance),
            "stop_at_failure": stop_at_failure,
        }
        if time_limit_ms is not None:
            options["time_limit_ms"] = time_limit_ms
        with _errors_for_a_model():
            async with reporting(context, cases=len(cases)) as count:
                response = await ending_with_its_call(context, runner.judge(language, code, on_case=count, **options))
        return judge_content(response)


def _files(files: list[InputFile]) -> dict[str, str | bytes]:
    """Return files for a request.

    Raises:
        ToolError: one is not base64, although it says so.
    """
    found: dict[str, str | bytes] = {}
    for file in files:
        try:
            found[file.name] = (
                base64.b64decode(file.content, validate=True) if file.encoding == "base64" else file.content
            )
        except ValueError as error:
            raise ToolError(f"files: {file.name[:80]!r} is not base64") from error
    return found


@contextlib.contextmanager
def _errors_for_a_model() -> Iterator[None]:
    """Raise a refusal, or a failure of ours, as what the model can act on, in terms of its arguments."""
    try:
        yield
    except UnknownLanguageError as error:
        raise ToolError(f"{error}; list_languages has all of them") from error
    except SubmissionError as error:
        name = _ARGUMENTS.get(error.field)
        raise ToolError(str(error) if name is None else str(error).replace(error.field, name)) from error
    except UnavailableError as error:
        if isinstance(error, ImageMissingError) or getattr(error, "reason", None) == Reason.IMAGE_MISSING:
            raise ToolError(
                "Not run: this language is not installed here; list_languages has those that are"
            ) from error
        raise ToolError(f"Not run: {error}. Try again in {error.retry_after_s} s.") from error
    except ZukoError as error:
        raise ToolError(f"Not run: {error}. This says nothing about the program.") from error


@contextlib.contextmanager
def _log_as_it_is() -> Iterator[None]:
    """Keep the SDK from setting up the log of the process: it does so where the root has no handler."""
    kept = logging.NullHandler()
    logging.getLogger().addHandler(kept)
    level = logging.getLogger().level
    try:
        yield
    finally:
        logging.getLogger().removeHandler(kept)
        logging.getLogger().setLevel(level)
