"""Descriptions of the tools, for agents: what is not there comes first, as a model finds that out the hard way."""

from typing import Final

from zuko.wire.judge import TIME_LIMIT_MS
from zuko.wire.service import LanguageResponse, LanguagesResponse, LimitsResponse

OUTPUT_CHARS: Final = 20_000  # of all text of a result
INSTRUCTIONS: Final = (
    "Runs programs in sandboxes. Nothing is kept between two calls, and there is no network: "
    "send all that a program needs, and print what you want to see."
)


def run_text(offered: LanguagesResponse) -> str:
    """Return the description of `run_code`."""
    limits = offered.limits
    return (
        "Run a program in a sandbox and return what it printed, how it ended, and what it cost.\n\n"
        f"{_absent()}\n"
        "- It is a whole program, not a cell of a notebook: print what you want to see.\n"
        "- It reads `stdin` to its end; nothing answers while it runs.\n"
        "- It may write files into its directory; name those that you want back in `return_files`. "
        "Images come back as images.\n"
        f"- Time: {limits.timeout_default_s} s unless `timeout_s` says more, at most {limits.timeout_max_s} s. "
        f"{_sizes(limits)}\n"
        f"- Text beyond {OUTPUT_CHARS} characters is cut in the middle, and flagged.\n\n"
        f"Languages: {', '.join(_names(offered))}.\n"
        "A program that fails is a result, with its exit code and its error output."
    )


def judging_text(offered: LanguagesResponse) -> str:
    """Return the description of `run_tests`."""
    return (
        "Judge a program by test cases: compile it once, run it on the input of each, and compare what it prints with "
        "the expected output. Returns a verdict for each case and for all: AC (accepted), WA (wrong answer, with the "
        "first difference), TLE (too slow), MLE (too much memory), OLE (too much output), RTE (it failed), CE (it does "
        "not compile), JE (the judge failed: try again).\n\n"
        f"{_absent()}\n"
        "- It reads the input from standard input and writes to standard output.\n"
        f"- Time: {TIME_LIMIT_MS / 1000:g} s of CPU time for each case unless `time_limit_ms` says more, at most "
        f"{offered.limits.timeout_max_s} s. {_sizes(offered.limits)}\n\n"
        f"Languages: {', '.join(_names(offered))}."
    )


def languages_text(offered: LanguagesResponse) -> str:
    """Return the languages as lines, and the limits."""
    lines = [_line(language) for language in offered.languages]
    return "\n".join([*lines, "", _absent(), f"- {_sizes(offered.limits)}"])


def _absent() -> str:
    return (
        "- No network, and no packages but each language's standard library.\n"
        "- Nothing is kept between two calls: no files, no variables."
    )


def _sizes(limits: LimitsResponse) -> str:
    return (
        f"Memory: {limits.memory_mib} MiB, more for some languages. "
        f"Code up to {limits.code_bytes // 1024} KiB, input up to {limits.input_data_bytes // 1024} KiB."
    )


def _names(offered: LanguagesResponse) -> list[str]:
    return [language.name for language in offered.languages]


def _line(language: LanguageResponse) -> str:
    aliases = f" (also {', '.join(language.aliases)})" if language.aliases else ""
    compiled = f"; compiled with `{' '.join(language.compile_command)}`" if language.compile_command else ""
    return f"{language.name}: {language.title} {language.version}{aliases}{compiled}"
