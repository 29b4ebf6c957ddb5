"""Languages that GCC 14 compiles, or whose compilers have it assemble and link: one image."""

from typing import Final

from zuko.languages import options
from zuko.languages.language import COMMON_ENV, Compiler, Language


def _row(
    name: str, title: str, version: str, source_name: str, compiler: Compiler, *aliases: str, code: str = ""
) -> Language:
    return Language(
        name=name,
        title=title,
        version=version,
        image="zuko-gcc:14",
        source_name=source_name,
        run_argv=("main",),
        env=COMMON_ENV,
        code=code,
        aliases=aliases,
        compiler=compiler,
        memory_mib=256,
        compile_memory_mib=512,
    )


FORTRAN: Final = _row(
    "fortran",
    "Fortran",
    "14",
    "main.f90",
    Compiler(
        argv=("/usr/bin/gfortran", "-O2", "-pipe", "-static", "-o", "main"),
        suffixes=(".f90", ".f95", ".f03", ".f08", ".f", ".for"),
        artifacts=("main",),
        main_last=True,  # a module is compiled before it is used
        options=options.GFORTRAN,
    ),
    "f90",
    "gfortran",
    code="fortran",
)
ADA: Final = _row(
    "ada",
    "Ada 2022",
    "14",
    "main.adb",
    Compiler(
        # It finds the units that main.adb names.
        argv=(
            *("/usr/bin/gnatmake", "-q", "-O2", "-gnat2022", "-o", "main", "main.adb"),
            *("-bargs", "-static", "-largs", "-static", "-cargs"),
        ),
        suffixes=(),
        included=(".adb", ".ads"),
        artifacts=("main",),
        options=options.GNAT,
    ),
    "gnat",
    code="ada",
)
D: Final = _row(
    "d",
    "D",
    "14",
    "main.d",
    # The C library is not linked statically: that one has not what Phobos asks it for.
    Compiler(
        argv=(
            "/usr/bin/gdc",
            "-O2",
            "-pipe",
            "-static-libphobos",
            "-static-libgcc",
            "-fversion=ONLINE_JUDGE",
            "-o",
            "main",
        ),
        suffixes=(".d",),
        artifacts=("main",),
        options=options.GDC,
    ),
    "dlang",
    "gdc",
    code="d",
)
PASCAL: Final = _row(
    "pascal",
    "Pascal (Free Pascal)",
    "3.2",
    "main.pas",
    # It finds the units that main.pas names. -ve: errors alone, without the compiler's own lines.
    Compiler(
        argv=("/usr/local/bin/fpc", "-O2", "-Sgic", "-XS", "-Xs", "-dONLINE_JUDGE", "-l-", "-ve", "-omain", "main.pas"),
        suffixes=(),
        included=(".pas", ".pp", ".inc"),
        artifacts=("main",),
        options=options.FPC,
    ),
    "fpc",
    "freepascal",
    code="pascal",
)
OCAML: Final = _row(
    "ocaml",
    "OCaml",
    "5.3",
    "main.ml",
    Compiler(
        # docker/gcc/ocaml-compile puts the sources in order. Not linked statically: the linker warns of every such
        # program, and what silences that silences its errors, too.
        argv=(
            *("/usr/local/bin/ocaml-compile", "-O3", "-I", "+unix", "-I", "+str", "-o", "main"),
            *("unix.cmxa", "str.cmxa"),
        ),
        suffixes=(".ml", ".mli"),
        artifacts=("main",),
        options=options.OCAML,
    ),
    "ml",
    code="ocaml",
)
# Not linked statically: libgee's classes are then not registered, and a program crashes.
VALA: Final = _row(
    "vala",
    "Vala",
    "0.56",
    "main.vala",
    Compiler(
        argv=(
            *("/usr/bin/valac", "--cc=gcc", "--pkg=gee-0.8", "--pkg=posix", "-X", "-O2", "-X", "-w", "-X", "-lm"),
            *("-D", "ONLINE_JUDGE", "-o", "main"),
        ),
        suffixes=(".vala", ".gs"),
        artifacts=("main",),
        options=options.VALA,
    ),
)
COBOL: Final = _row(
    "cobol",
    "COBOL (GnuCOBOL)",
    "3.2",
    "main.cob",
    Compiler(
        argv=("/usr/bin/cobc", "-x", "-free", "-O2", "-Q", "/usr/local/lib/xmlquiet.o", "-o", "main"),
        suffixes=(".cob", ".cbl"),
        artifacts=("main",),
        options=options.COBC,
    ),
    "gnucobol",
    code="cobol",
)
NASM: Final = _row(
    "nasm",
    "Assembly (NASM, x86-64)",
    "2.16",
    "main.asm",
    # docker/gcc/assemble links with the C library what has a `main`, and alone what has a `_start`.
    Compiler(argv=("/usr/local/bin/assemble",), suffixes=(".asm", ".nasm"), artifacts=("main",), options=options.NASM),
    "assembly",
    "asm",
)

ROWS: Final = (FORTRAN, ADA, D, PASCAL, OCAML, VALA, COBOL, NASM)
