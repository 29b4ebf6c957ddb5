"""The limits of a package's compilations, by `zuko judge` in real sandboxes."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.harness.command import zuko
from zuko.execution.program import compile_limits
from zuko.languages.table import LANGUAGES

# Both print what the one case wants. The compiler computes for seconds, or needs hundreds of megabytes.
LONG: Final = """
#include <cstdio>
template <unsigned N> constexpr unsigned sum() {
    unsigned total = N;
    for (unsigned i = 0; i < 250000; ++i) total += i * i;
    return total;
}
constexpr unsigned all[] = {sum<0>(), sum<1>(), sum<2>(), sum<3>(), sum<4>(), sum<5>(), sum<6>(), sum<7>()};
int main() { puts(all[7] ? "1" : "0"); }
"""
LARGE: Final = """
#include <cstdio>
#include <regex>
int main() { puts(std::regex_match("1", std::regex("[0-9]")) ? "1" : "0"); }
"""


@pytest.mark.parametrize(
    ("limit", "code", "said"),
    [
        ("compilation_time: 1", LONG, "the compiler: stopped at its limit of 1.00 s of CPU time"),
        (
            "compilation_memory: 100",
            LARGE,
            "the compiler: ran out of memory: the kernel killed one of its processes at the limit of 100 MiB",
        ),
    ],
    ids=["time", "memory"],
)
def test_a_limit_of_the_package(package: Callable[..., Path], limit: str, code: str, said: str) -> None:
    """The same submission is accepted where the package names none, and the language's hold."""
    for limits, verdict in ((f"time_limit: 1, {limit}", "CE"), ("time_limit: 1", "AC")):
        path = package(f"limits: {{{limits}}}\n", {"accepted/one.cpp": code})
        result = zuko("judge", path, path / "submissions/accepted/one.cpp")
        output = result.stdout.decode()
        assert f"\n{verdict}  " in output, output
        assert (said in output) == (verdict == "CE"), output


@pytest.mark.parametrize("name", [name for name, language in LANGUAGES.items() if language.compiler])
def test_a_limit_may_be_above_the_languages(name: str) -> None:
    """The wall time limit is never below the language's: on a busy host a compiler waits for its core."""
    usual = compile_limits(LANGUAGES[name])
    longer, shorter = (compile_limits(LANGUAGES[name], cpu_time_ms) for cpu_time_ms in (60_000, 1000))
    assert (longer.cpu_time_ms, longer.wall_time_ms) == (60_000, 120_000)
    assert (shorter.cpu_time_ms, shorter.wall_time_ms) == (1000, usual.wall_time_ms)
