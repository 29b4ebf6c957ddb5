"""Languages of the Java virtual machine."""

from dataclasses import replace
from typing import Final

from zuko.languages import java, kotlin, options
from zuko.languages.language import COMMON_ENV, Compiler, Language

JAVA: Final = Language(
    name="java",
    code="java",
    title="Java",
    version="21",
    image="zuko-java:21",
    source_name="Main.java",
    run_argv=(
        "/usr/local/java/bin/java",
        "-Xmx{heap_mib}m",
        "-Xss64m",  # also of the main thread; untouched memory costs nothing
        "-XX:+UseSerialGC",  # one core: no threads for the collector
        "-XX:-UsePerfData",  # or it writes a file in /tmp for monitoring tools
        "-XX:+CrashOnOutOfMemoryError",  # SIGABRT and a line on stderr, even if the program catches the error
        "-XX:+SuppressFatalErrorMessage",
        "-XX:+DisplayVMOutputToStderr",
        "-Xlog:disable",  # its warnings would be written to stdout
        "Main",
    ),
    env=COMMON_ENV,
    aliases=("java21",),
    compiler=Compiler(
        # TieredStopAtLevel: only the first JIT compiler; javac ends before the second one pays off (0.3 or 0.5 s).
        argv=(
            "/usr/local/java/bin/javac",
            "-J-Xmx320m",
            "-J-XX:+UseSerialGC",
            "-J-XX:-UsePerfData",
            "-J-XX:TieredStopAtLevel=1",
            "-proc:none",
            "-encoding",
            "UTF-8",
        ),
        suffixes=(".java",),
        artifacts=("*.class",),
        nested_argv=("-d", "."),
        nested_artifacts=("**/*.class",),
        options=options.JAVAC,
    ),
    memory_mib=512,
    compile_memory_mib=512,
    runtime_mib=128,  # 45 for the JVM itself, 64 for the main thread's stack, the rest for compiled code
    heap_full_text=b"Aborting due to java.lang.OutOfMemoryError",
    prepare=java.prepare,
    cannot_start=java.cannot_start,
)
JAVA25: Final = replace(
    JAVA, name="java@25", version="25", image="zuko-java:25", aliases=("java25",), prepare=java.prepare_25
)

_CLOJURE: Final = "/usr/local/lib/clojure"

CLOJURE: Final = Language(
    name="clojure",
    title="Clojure",
    version="1.12",
    image="zuko-clojure:1.12",
    source_name="main.clj",
    run_argv=(
        *JAVA.run_argv[:-1],
        f"-XX:SharedArchiveFile={_CLOJURE}/classes.jsa",  # made for this class path: 0.3 s less
        *("-cp", ":".join(f"{_CLOJURE}/{name}.jar" for name in ("clojure", "spec.alpha", "core.specs.alpha"))),
        "-Dclojure.main.report=stderr",
        *("clojure.main", "main.clj"),
    ),
    env=COMMON_ENV,
    aliases=("clj",),
    memory_mib=512,
    runtime_mib=96,
    heap_full_text=JAVA.heap_full_text,
)

_KOTLIN_LIBRARIES: Final = ":".join(
    f"/usr/local/kotlin/lib/{name}.jar" for name in ("kotlin-stdlib", "kotlinx-coroutines-core-jvm")
)
KOTLIN: Final = replace(
    JAVA,
    name="kotlin",
    code="kotlin",
    title="Kotlin",
    version="2.2",
    image="zuko-kotlin:2.2",
    source_name="main.kt",
    # The compiler writes into main.jar which class has the `main`.
    run_argv=(*JAVA.run_argv[:-1], f"-Xbootclasspath/a:{_KOTLIN_LIBRARIES}", "-jar", "main.jar"),
    aliases=("kt",),
    compiler=Compiler(
        argv=(
            *("/usr/local/java/bin/java", "-Xmx448m", "-XX:+UseSerialGC", "-XX:-UsePerfData"),
            *("-XX:TieredStopAtLevel=1", "-XX:SharedArchiveFile=/usr/local/kotlin/compiler.jsa"),
            "-Dkotlin.colors.enabled=false",  # or it loads a native library from /tmp, which is noexec
            *("-cp", "/usr/local/kotlin/lib/kotlin-compiler.jar", "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"),
            *("-no-reflect", "-no-stdlib", "-cp", _KOTLIN_LIBRARIES, "-d", "main.jar"),
        ),
        suffixes=(".kt",),
        artifacts=("*.jar",),
        cpu_time_ms=15_000,  # 4 s for a hello-world
        options=options.KOTLINC,
    ),
    compile_memory_mib=768,
    prepare=None,
    cannot_start=kotlin.cannot_start,
)

ROWS: Final = (JAVA, JAVA25, CLOJURE, KOTLIN)
