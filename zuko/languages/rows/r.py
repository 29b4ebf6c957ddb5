"""R."""

from typing import Final

from zuko.languages.language import COMMON_ENV, Language

R: Final = Language(
    name="r",
    title="R",
    version="4.5",
    image="zuko-r:4.5",
    source_name="main.R",
    run_argv=("/usr/bin/Rscript", "--vanilla", "main.R"),
    env=COMMON_ENV,
    aliases=("rscript",),
    memory_mib=256,
)

ROWS: Final = (R,)
