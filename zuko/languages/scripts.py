"""Programs with scripts of their own, `build` and `run`, as the Kattis problem package format allows them.

    build   makes `run`, or what that calls; both may use sh and the compilers of the image, as cc, c++, gcc and g++
    run     a POSIX shell script or an executable

The workspace is mounted noexec, and stays so. What `build` leaves is kept like any program's files. Before `run`, a
small program of ours puts each executable and each script of them into a memory file (memfd_create), and a link to that
in its place: so `./validate` and `$(dirname $0)/validate` can be executed, as from any memory file.
"""

from dataclasses import replace
from typing import Final

from zuko.languages.table import Compiler, Language
from zuko.types import SourceFile

NAMES: Final = ("build", "run")
_STEPS: Final = "zuko-build"
_CPU_TIME_MS: Final = 30_000  # of a build: it may compile several programs

_IN_C: Final = rb"""
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int kind(int fd)
{
	char head[4] = "";
	ssize_t got = pread(fd, head, sizeof head, 0);
	return got == 4 && memcmp(head, "\177ELF", 4) == 0 ? 'e' : got >= 2 && memcmp(head, "#!", 2) == 0 ? 's' : 0;
}

static void move(const char *name)
{
	struct stat stat;
	int from = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0 || fstat(from, &stat) < 0 || !S_ISREG(stat.st_mode) || !kind(from)) {
		if (from >= 0)
			close(from);
		return;
	}
	int made = memfd_create("kept", MFD_EXEC); /* kernels before 6.3 do not know the flag */
	if (made < 0 && (made = memfd_create("kept", 0)) < 0)
		fail("memfd_create");
	int to = fcntl(made, F_DUPFD, 32); /* above those that shells use */
	if (to < 0)
		fail("fcntl");
	close(made);
	for (off_t at = 0; at < stat.st_size;)
		if (sendfile(to, from, &at, (size_t)(stat.st_size - at)) <= 0)
			fail(name);
	close(from);
	char target[32];
	snprintf(target, sizeof target, "/proc/self/fd/%d", to);
	if (fchmod(to, 0500) < 0 || unlink(name) < 0 || symlink(target, name) < 0)
		fail(name);
}

static void move_all(const char *path)
{
	DIR *directory = opendir(path);
	if (!directory)
		fail(path);
	for (struct dirent *entry; (entry = readdir(directory));) {
		char inner[4096];
		struct stat stat;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= sizeof inner)
			continue;
		if (lstat(inner, &stat) == 0 && S_ISDIR(stat.st_mode))
			move_all(inner);
		else
			move(inner);
	}
	closedir(directory);
}

int main(int argc, char **argv)
{
	move_all(".");
	int run = open("run", O_RDONLY | O_CLOEXEC);
	if (run < 0)
		fail("run");
	int is_executable = kind(run) == 'e';
	close(run);
	argv[0] = "./run";
	if (is_executable)
		execv("./run", argv);
	char **words = calloc((size_t)argc + 2, sizeof *words);
	if (!words)
		fail("calloc");
	words[0] = "sh";
	memcpy(words + 1, argv, (size_t)argc * sizeof *words);
	execv("/bin/sh", words);
	fail("execv");
}
"""
_IN_PYTHON: Final = rb"""
import os, sys

for name in [os.path.join(at, name) for at, _, names in os.walk(".") for name in names]:
    if os.path.isfile(name) and not os.path.islink(name):
        with open(name, "rb") as file:
            content = file.read()
        if content.startswith((b"\177ELF", b"#!")):
            try:
                made = os.memfd_create("kept", 0x10)
            except OSError:
                made = os.memfd_create("kept", 0)
            os.dup2(made, made + 32)
            with os.fdopen(made, "wb") as file:
                file.write(content)
            os.chmod(made + 32, 0o500)
            os.unlink(name)
            os.symlink(f"/proc/self/fd/{made + 32}", name)
with open("run", "rb") as file:
    is_executable = file.read(4) == b"\177ELF"
arguments = ["./run", *sys.argv[1:]]
os.execv("./run", arguments) if is_executable else os.execv("/bin/sh", ["sh", *arguments])
"""
# `build` is run by sh, as no file of the workspace can be executed. Its files lose their right to be executed, as those
# that have it would be kept for us to execute alone.
_BUILDS: Final = """\
set -e
mkdir -p /tmp/zuko/bin
for name in cc gcc; do ln -sf /usr/bin/gcc /tmp/zuko/bin/$name; done
for name in c++ g++; do ln -sf /usr/bin/g++ /tmp/zuko/bin/$name; done
PATH=/tmp/zuko/bin:$PATH
export PATH
{driver}
if [ -f build ]; then sh ./build; fi
if [ ! -f run ]; then echo "build has made no file run" >&2; exit 1; fi
find . -type f -exec chmod a-x {{}} +
{place}
"""


def scripted(language: Language) -> Language:
    """Return the row of a language for a program with scripts: the language decides about its image.

    Args:
        language: of C or C++, or Python for programs without sources in those.
    """
    if language.compiler is None:
        driver, source = "zuko-run.py", _IN_PYTHON
        steps = _BUILDS.format(driver="", place="")
        command: tuple[str, ...] = (language.run_argv[0], driver)
    else:
        driver, source = "zuko-run", _IN_C
        compiles = "gcc -O1 -static -o /tmp/zuko/run zuko-run.c && rm zuko-run.c"
        steps = _BUILDS.format(driver=compiles, place="cp /tmp/zuko/run zuko-run && chmod 755 zuko-run")
        command = (driver,)
    added = (
        SourceFile("zuko-run.c" if language.compiler else driver, source),
        SourceFile(_STEPS, steps.encode()),
    )
    return replace(
        language,
        source_name="",
        run_argv=command,
        compiler=Compiler(
            argv=("/bin/sh", _STEPS),
            suffixes=(),
            artifacts=(driver, "**/*"),
            cpu_time_ms=_CPU_TIME_MS,
            wall_time_ms=2 * _CPU_TIME_MS,
        ),
        prepare=lambda files: (driver, (*files, *added)),
        warm_path=None,
    )
