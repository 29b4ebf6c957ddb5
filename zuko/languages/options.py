"""The options of compilers that a request may set: an allow-list for each, since others read files and run programs.

An option is one word, and none of those here names a file, another program or an output.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Option:
    """A kind of options."""

    shown: str  # for people
    pattern: str  # a regular expression of the whole word

    def matches(self, word: str) -> bool:
        """Return whether a word is one of them."""
        return re.fullmatch(self.pattern, word, re.ASCII) is not None


_SWITCH: Final = "(?:no-)?"
_CODE: Final = (
    "fast-math|unroll-loops|strict-aliasing|strict-overflow|wrapv|trapv|omit-frame-pointer|inline|inline-functions|"
    "tree-vectorize|stack-protector|stack-protector-all|signed-char|unsigned-char|math-errno|common|short-enums"
)

_GCC: Final = (
    Option("-O0 to -O3, -Os, -Og, -Ofast", "-O(?:[0-3sg]|fast)"),
    Option("-w, -Wall, -Wextra, -Wno-unused and other -W of words", "-w|-W[a-z][a-z0-9+-]*(?:=[0-9]{1,6})?"),
    Option("-pedantic, -pedantic-errors, -ansi", "-pedantic(?:-errors)?|-ansi"),
    Option("-g, -g0 to -g3", "-g[0-3]?"),
    Option("-DNAME, -DNAME=value, -UNAME", "-D[A-Za-z_][A-Za-z0-9_]*(?:=[A-Za-z0-9_.+-]*)?|-U[A-Za-z_][A-Za-z0-9_]*"),
    Option("-march=, -mtune=, -mavx2, -mbmi, -mpopcnt and other -m of instructions",
           "-m(?:arch|tune)=[a-z0-9-]+|-m(?:no-)?(?:sse[0-9.]*|ssse3|avx[0-9a-z]*|bmi2?|popcnt|lzcnt|fma|f16c|aes)"),
    Option("-fwrapv, -ffast-math, -funroll-loops, -fno-strict-aliasing and others of code", f"-f{_SWITCH}(?:{_CODE})"),
    Option("-lm, -lpthread, -pthread", "-lm|-lpthread|-pthread"),
)  # fmt: skip
GCC_C: Final = (Option("-std=c99, -std=gnu17 and others of C", "-std=(?:c|gnu)(?:[0-9][0-9a-z]|18)"), *_GCC)
GCC_CPP: Final = (
    Option("-std=c++17, -std=gnu++20 and others of C++", "-std=(?:c|gnu)\\+\\+[0-9][0-9a-z]"),
    Option("-fno-exceptions, -fno-rtti, -fconcepts, -fpermissive",
           f"-f{_SWITCH}(?:exceptions|rtti|concepts)|-fpermissive"),
    Option("-ftemplate-depth=, -fconstexpr-depth=, -fconstexpr-ops-limit=, -fconstexpr-loop-limit=",
           "-f(?:template-depth|constexpr-depth|constexpr-ops-limit|constexpr-loop-limit)=[0-9]{1,9}"),
    *_GCC,
)  # fmt: skip
JAVAC: Final = (
    Option("-Xlint, -Xlint:all,-serial", "-Xlint(?::[a-z-]+(?:,[a-z-]+)*)?"),
    Option("-nowarn, -Werror, -deprecation, -parameters", "-nowarn|-Werror|-deprecation|-parameters"),
    Option("-g, -g:none", "-g(?::none)?"),
)
GO: Final = (Option("-tags=a,b", "-tags=[A-Za-z0-9_]+(?:,[A-Za-z0-9_]+)*"),)
RUSTC: Final = (
    Option("-Coverflow-checks=, -Cdebug-assertions=, with yes, no, on, off",
           "-C(?:overflow-checks|debug-assertions)=(?:yes|no|on|off)"),
    Option("-Ctarget-cpu=", "-Ctarget-cpu=[a-z0-9-]+"),
    Option("--cfg=name", "--cfg=[A-Za-z_][A-Za-z0-9_]*"),
    Option("-Aunused, -Wlint, -Dlint", "-[AWD][a-z][a-z_-]*"),
)  # fmt: skip
