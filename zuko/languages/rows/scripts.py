"""Small scripting languages, whose interpreters share an image. Its tag is the release of Debian that they are of."""

from typing import Final

from zuko.languages.language import COMMON_ENV, Compiler, Language

_IMAGE: Final = "zuko-scripts:13"

RUBY: Final = Language(
    name="ruby",
    code="ruby",
    title="Ruby",
    version="3.3",
    image=_IMAGE,
    source_name="main.rb",
    run_argv=("/usr/bin/ruby3.3", "main.rb"),
    # Recursion until memory is full, instead of 10,000 calls: what is not touched costs nothing.
    env=(*COMMON_ENV, ("RUBY_THREAD_VM_STACK_SIZE", str(512 << 20))),
    aliases=("rb",),
)

PHP: Final = Language(
    name="php",
    code="php",
    title="PHP",
    version="8.4",
    image=_IMAGE,
    source_name="main.php",
    run_argv=("/usr/bin/php8.4", "main.php"),
    env=COMMON_ENV,
)

PERL: Final = Language(
    name="perl",
    code="perl",
    title="Perl",
    version="5.40",
    image=_IMAGE,
    source_name="main.pl",
    run_argv=("/usr/bin/perl", "main.pl"),
    env=(*COMMON_ENV, ("PERL5LIB", ".")),  # `use` of the program's other files
    aliases=("pl",),
)

LUA: Final = Language(
    name="lua",
    code="lua",
    title="Lua",
    version="5.4",
    image=_IMAGE,
    source_name="main.lua",
    run_argv=("/usr/bin/lua5.4", "main.lua"),
    env=COMMON_ENV,
)

BASH: Final = Language(
    name="bash",
    code="bash",
    title="Bash",
    version="5.2",
    image=_IMAGE,
    source_name="main.sh",
    run_argv=("/usr/bin/bash", "main.sh"),
    env=COMMON_ENV,
    aliases=("sh",),
)

AWK: Final = Language(
    name="awk",
    title="AWK (gawk)",
    version="5.2",
    image=_IMAGE,
    source_name="main.awk",
    run_argv=("/usr/bin/gawk", "-f", "main.awk"),
    env=COMMON_ENV,
    aliases=("gawk",),
)

TCL: Final = Language(
    name="tcl",
    title="Tcl",
    version="8.6",
    image=_IMAGE,
    source_name="main.tcl",
    run_argv=("/usr/bin/tclsh8.6", "main.tcl"),
    env=COMMON_ENV,
)

SCHEME: Final = Language(
    name="scheme",
    title="Scheme (Guile)",
    version="3.0",
    image=_IMAGE,
    source_name="main.scm",
    run_argv=("/usr/bin/guile-3.0", "--no-auto-compile", "-c", '(load-compiled "main.go")'),
    env=COMMON_ENV,
    aliases=("guile",),
    # Interpreted, it would run several times as long.
    compiler=Compiler(
        argv=(
            *("/usr/bin/guile-3.0", "--no-auto-compile", "-c"),
            '((@ (system base compile) compile-file) "main.scm" #:output-file "main.go")',
        ),
        suffixes=(),  # none: main.scm names its other files itself
        artifacts=("main.go",),
    ),
    compile_memory_mib=256,
)

SQLITE: Final = Language(
    name="sqlite",
    title="SQL (SQLite)",
    version="3.46",
    image=_IMAGE,
    source_name="main.sql",
    # A command that is named ends the shell after it, which then takes nothing of the program's input for commands.
    run_argv=("/usr/bin/sqlite3", "-batch", "-bail", ":memory:", ".read main.sql"),
    env=COMMON_ENV,
    aliases=("sql", "sqlite3"),
)

ROWS: Final = (RUBY, PHP, PERL, LUA, BASH, AWK, TCL, SCHEME, SQLITE)
