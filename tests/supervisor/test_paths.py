"""Files with directories: made beneath the workspace and nowhere else, kept, and found by patterns."""

import pytest

from tests.harness.supervisor import Supervisor
from zuko.types import RunResult, SourceFile

DEEPEST = "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"
FILES = (SourceFile("src/main.py", b"1"), SourceFile("src/pkg/größe.py", b"22", 0o600), SourceFile(DEEPEST, b"333"))
LIST = 'find . -type f -printf "%P %m %s\\n" | LC_ALL=C sort'


def taken(result: RunResult) -> dict[str, bytes]:
    return {file.name: file.content for file in result.files}


def test_files_stand_in_their_directories(init: Supervisor) -> None:
    listed = f"{DEEPEST} 644 3\nsrc/main.py 644 1\nsrc/pkg/größe.py 600 2\n".encode()
    assert init.shell(f"touch src/pkg/new; rm src/pkg/new; {LIST}", files=FILES).stdout == listed
    assert init.shell(LIST).stdout == b""  # of one run alone
    for turn in range(3):  # kept, whatever a run does to the directories
        result = init.shell(f"{LIST}; rm -rf src; ln -s /tmp src; rm -rf a; touch a", keep=() if turn else FILES)
        assert result.stdout == listed


def test_a_path_never_leads_out_of_the_workspace(init: Supervisor) -> None:
    """A program leaves links in the place of directories and files: the next run's files do not go through them."""
    deed = "rm -rf src a; ln -s /tmp src; ln -s /dev/shm a; ln -s /tmp/x x; ls -A /tmp /dev/shm"
    for _ in range(2):
        result = init.shell(deed, files=(*FILES, SourceFile("y/z", b"")))
        assert result.stdout == b"/dev/shm:\n\n/tmp:\n"
    assert init.shell("ls -A /tmp /dev/shm; cat src/main.py", files=FILES).stdout == b"/dev/shm:\n\n/tmp:\n1"


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a/b", "a/b"), ("a/b/c", "a/b")])
def test_a_file_and_a_directory_of_one_name_are_the_host_s_mistake(init: Supervisor, names: tuple[str, str]) -> None:
    init.start("exit", "0", files=tuple(SourceFile(name, b"") for name in names))
    assert init.error().startswith("create a")


MAKE = """
mkdir -p out/deep/er plots .hidden 'odd name'; echo 1 >top.png; echo 2 >plots/1.png; echo 3 >plots/12.png
echo 4 >out/deep/er/x.json; echo 5 >out/x.json; echo 6 >.hidden/x.png; echo 7 >'odd name/x.png'
ln -s /etc/passwd link.png; ln -s plots loop; ln -s .. plots/up; mkfifo fifo.png; mkdir dir.png
"""


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.png", {"top.png"}),
        ("plots/*.png", {"plots/1.png", "plots/12.png"}),
        ("plots/?.png", {"plots/1.png"}),
        ("*/*.png", {"plots/1.png", "plots/12.png", ".hidden/x.png", "odd name/x.png"}),
        ("**/*.png", {"top.png", "plots/1.png", "plots/12.png", ".hidden/x.png", "odd name/x.png"}),
        ("out/**", {"out/x.json", "out/deep/er/x.json"}),
        ("**/er/**/x.*", {"out/deep/er/x.json"}),
        ("**/deep/*.json", set()),
        ("*t*/**/*x*.*on", {"out/x.json", "out/deep/er/x.json"}),
        ("out/x.json", {"out/x.json"}),
        ("loop/1.png?", set()),
        ("loop/*", set()),
    ],
)
def test_patterns(init: Supervisor, pattern: str, names: set[str]) -> None:
    result = init.shell(MAKE, take=(pattern,), send_taken=True)
    assert (result.detail, set(taken(result))) == ("", names)


def test_a_link_in_a_path_is_not_followed(init: Supervisor) -> None:
    for path in ("loop/1.png", "plots/up/top.png", "link.png"):
        result = init.shell(MAKE, take=(path,), send_taken=True)
        assert result.detail in {f"take {path}: Not a directory", f"take {path}: not a regular file"}
        assert result.files == ()


def test_what_is_taken_from_directories_is_kept(init: Supervisor) -> None:
    assert init.shell(MAKE, take=("**/*.json",), keep_taken=True).detail == ""
    assert init.shell("cat out/x.json out/deep/er/x.json").stdout == b"5\n4\n"


def test_a_search_ends(init: Supervisor) -> None:
    """Names that fit a pattern almost, in every directory, end the search; it takes no time of others."""
    script = """
    name=$(printf 'a%.0s' $(seq 250)); cd /mnt/workspace
    for i in $(seq 60); do mkdir -p $i/b/c; for j in $(seq 60); do : >$i/b/c/$j${name%aaaa}; done; done
    """
    patterns = tuple(f"**/{'*a' * 40}*{ending}" for ending in range(10, 60))
    result = init.shell(script, take=patterns, send_taken=True)
    assert result.detail.startswith("take ")
    assert result.detail.endswith("there are too many names")


def test_deeper_directories_are_not_searched(init: Supervisor) -> None:
    script = f"mkdir -p {DEEPEST}; echo 1 >{DEEPEST}/x; echo 2 >{DEEPEST[:-2]}/x"
    assert set(taken(init.shell(script, take=("**/x",), send_taken=True))) == {f"{DEEPEST[:-2]}/x"}
