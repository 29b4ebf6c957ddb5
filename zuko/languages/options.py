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
_OPTIMIZE: Final = Option("-O0 to -O3", "-O[0-3]")
_WARN: Final = Option("-w, -Wall, -Wextra and other -W of words", "-w|-W[a-z][a-z0-9+-]*")
_DEFINE: Final = "[A-Za-z_][A-Za-z0-9_]*"
GFORTRAN: Final = (
    Option("-std=f2018, -std=legacy and others of Fortran", "-std=(?:f[0-9]{2,4}|gnu|legacy)"),
    Option("-fcheck=all, -fcheck=bounds and others", "-fcheck=[a-z-]+"),
    Option("-ffree-form, -ffixed-form, -fdefault-real-8, -fdefault-integer-8, -fimplicit-none, -frecursive",
           "-f(?:free-form|fixed-form|default-real-8|default-integer-8|implicit-none|recursive)"),
    Option("-ffast-math, -funroll-loops, -fbacktrace", "-f(?:no-)?(?:fast-math|unroll-loops|backtrace)"),
    *(_OPTIMIZE, _WARN),
)  # fmt: skip
GNAT: Final = (
    Option("-gnat83, -gnat95, -gnat2005, -gnat2012, -gnat2022", "-gnat(?:83|95|20(?:05|12|22))"),
    Option("-gnata (assertions), -gnato, -gnatp (no checks), -gnatwa", "-gnat(?:a|o|p|wa|ws|E)"),
    *(_OPTIMIZE, _WARN),
)
GDC: Final = (
    Option("-frelease, -fbounds-check=on, off, safeonly", "-frelease|-fbounds-check=(?:on|off|safeonly)"),
    Option("-fversion=NAME, -fdebug, -funittest", f"-fversion={_DEFINE}|-fdebug|-funittest"),
    *(_OPTIMIZE, _WARN),
)
FPC: Final = (
    Option("-Mobjfpc, -Mdelphi, -Mtp, -Mfpc, -Mmacpas", "-M(?:objfpc|delphi|delphiunicode|tp|fpc|macpas|iso)"),
    Option("-Cr, -Co, -Ct (checks of ranges, overflow, the stack), -Sh, -Sd, -So, -Sa", "-C[rot]+|-S[hdoagic2]+"),
    Option(
        "-vw, -vn, -vh (warnings, notes, hints), -dNAME, -O1 to -O4, -g, -gl", f"-v[ewnh]+|-d{_DEFINE}|-O[1-4]|-gl?"
    ),
)
OCAML: Final = (
    Option("-g, -unsafe, -noassert, -strict-sequence, -rectypes, -nolabels, -principal",
           "-g|-unsafe|-noassert|-strict-sequence|-rectypes|-nolabels|-principal"),
)  # fmt: skip
VALA: Final = (
    Option("--disable-assert, --enable-checking, --enable-experimental, --debug",
           "--(?:disable-assert|enable-checking|enable-experimental|debug)"),
    Option("--define=NAME", f"--define={_DEFINE}"),
)  # fmt: skip
COBC: Final = (
    Option("-std=default, ibm, mf, cobol2014 and others", "-std=[a-z0-9-]+"),
    Option("-free, -fixed, -debug, -O, -O2, -w, -Wall, -Wextra", "-free|-fixed|-debug|-O[02]?|-w|-Wall|-Wextra"),
    Option("-fnotrunc, -frelax-syntax-checks, -frecursive-check",
           "-f(?:no-)?(?:trunc|notrunc|relax-syntax-checks|recursive-check)"),
)  # fmt: skip
NASM: Final = (Option("-w+all, -w-word and others of warnings", "-w[+-][a-z-]+"),)
GHC: Final = (
    Option("-O0 to -O2, -Wall, -Wno-x and other -W of words", "-O[0-2]?|-W[a-z][a-z-]*"),
    Option("-XOverloadedStrings and other extensions", "-X[A-Z][A-Za-z0-9]*"),
    Option("-DNAME, -DNAME=value", f"-D{_DEFINE}(?:=[A-Za-z0-9_.+-]*)?"),
    Option("-threaded, -rtsopts, -fno-warn-x", "-threaded|-rtsopts|-f(?:no-)?warn-[a-z-]+"),
)
MCS: Final = (
    Option("-unsafe, -checked, -debug, -warnaserror", "-(?:unsafe|checked|debug|warnaserror)[+-]?"),
    Option(
        "-langversion:7, -warn:0 to -warn:4, -nowarn:0168", "-langversion:[a-z0-9.]+|-warn:[0-4]|-nowarn:[0-9]{1,4}"
    ),
    Option("-define:NAME", f"-define:{_DEFINE}"),
)
TSC: Final = (
    Option(
        "--strict, --noImplicitAny, --strictNullChecks, --noImplicitReturns, --noUnusedLocals",
        "--(?:strict|noImplicitAny|strictNullChecks|noImplicitReturns|noUnusedLocals)",
    ),
)
KOTLINC: Final = (
    Option("-nowarn, -Werror, -Xno-call-assertions", "-nowarn|-Werror|-Xno-(?:call|param|receiver)-assertions"),
    Option("-progressive", "-progressive"),
)
