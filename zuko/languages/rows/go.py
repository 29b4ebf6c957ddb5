"""Go."""

from typing import Final

from zuko.languages import options
from zuko.languages.language import COMMON_ENV, Compiler, Language

# Without a go.mod, go has the runtime behave as that of Go 1.20 did: this variable is a list of such changes.
_GO_DEFAULT: Final = "runtime.godebugDefault"

GO: Final = Language(
    name="go",
    code="go",
    title="Go",
    version="1.24",
    image="zuko-go:1.24",
    source_name="main.go",
    run_argv=("main",),
    env=(
        *COMMON_ENV,
        ("GOMAXPROCS", "1"),
    ),  # the number of cores: by default that of the host, and the collector starts as many threads
    aliases=("golang",),
    compiler=Compiler(
        # No -trimpath, no cgo: the image's compiled standard library would not match, and compiling it takes 15 s.
        argv=("/usr/lib/go/bin/go", "build", f"-ldflags=-s -w -X={_GO_DEFAULT}=", "-o", "main"),
        suffixes=(".go",),
        artifacts=("main",),
        finds_nested=True,  # a directory is a package: import "./lib"
        options=options.GO,
        env=(
            ("CGO_ENABLED", "0"),
            ("GO111MODULE", "off"),
            ("GOCACHE", "/usr/local/lib/go/cache"),  # docker/go.Dockerfile has filled it
            ("XDG_CONFIG_HOME", "/usr/local/lib/go/config"),  # says that go is to count nothing
            ("GOENV", "off"),
            ("GOTOOLCHAIN", "local"),
        ),
    ),
    memory_mib=256,
    compile_memory_mib=512,
)

ROWS: Final = (GO,)
