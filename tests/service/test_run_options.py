"""Requests of a run that most programs do not make: arguments, bytes, files that come back, limits of a run."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness.command import zuko

EVERY_BYTE: Final = bytes(range(256))
ARGUMENTS: Final = ["a b", "", "$(id)", "`id`", "'\"\\", "--version", "-", "größe 日本", "*", "; rm -rf /", "\n"]
ECHO: Final = {
    "python": "import sys, json\nprint(json.dumps(sys.argv[1:]))",
    "pypy": "import sys, json\nprint(json.dumps(sys.argv[1:]))",
    "javascript": "console.log(JSON.stringify(process.argv.slice(2)))",
    "c": '#include <stdio.h>\nint main(int n, char **a) { for (int i = 1; i < n; i++) printf("%s%c", a[i], 0); }',
    "java": "class Main { public static void main(String[] a) throws Exception { for (String s : a)"
    ' System.out.write((s + "\\0").getBytes("UTF-8")); System.out.flush(); } }',
}


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def execute(api: httpx2.Client, code: str, language: str = "python", **fields: Any) -> dict[str, Any]:
    response = api.post("/api/v1/execute", json={"language": language, "code": code, **fields})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


# --- arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ECHO)
def test_arguments_come_as_they_are_sent(api: httpx2.Client, language: str) -> None:
    """No shell reads them, and no runtime takes them for its own options."""
    stdout = execute(api, ECHO[language], language, args=ARGUMENTS)["stdout"]
    got = stdout.split("\0")[:-1] if language in {"c", "java"} else json.loads(stdout)
    assert got == ARGUMENTS


def test_arguments_of_a_judging(api: httpx2.Client) -> None:
    body = {"language": "python", "code": "import sys\nprint(*sys.argv[1:])", "args": ["1", "$HOME"]}
    answer = api.post("/api/v1/judge", json={**body, "cases": [{"output": "1 $HOME"}, {"output": "1 $HOME"}]}).json()
    assert answer["verdict"] == "AC", answer


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["x"] * 65, "at most 64"),
        (["x" * 4097], "at most 4096"),
        (["é" * 4000], "args: 1: is larger than 4096 bytes"),
        (["x" * 4096] * 5, "args are larger than 16384 bytes together"),
        (["a\0b"], "pattern"),
        (["\ud800"], "Invalid JSON"),
    ],
)
@pytest.mark.parametrize("path", ["execute", "judge"])
def test_arguments_are_bounded(api: httpx2.Client, args: list[str], message: str, path: str) -> None:
    body: dict[str, Any] = {"language": "python", "code": "", "args": args}
    if path == "judge":
        body["cases"] = [{"output": ""}]
    response = api.post(f"/api/v1/{path}", content=json.dumps(body), headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert message in response.text


def test_most_arguments_fit(api: httpx2.Client) -> None:
    args = ["x" * 256] * 64
    assert json.loads(execute(api, ECHO["python"], args=args)["stdout"]) == args


# --- bytes -----------------------------------------------------------------------------------------------------------

COPY: Final = (
    "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n"
    "sys.stderr.buffer.write(open('data/in.bin', 'rb').read())"
)


def test_bytes_go_in_and_come_out(api: httpx2.Client) -> None:
    files = [{"name": "data/in.bin", "content": b64(EVERY_BYTE[::-1]), "encoding": "base64"}]
    sent: dict[str, Any] = {"input_data": b64(EVERY_BYTE), "input_encoding": "base64", "files": files}
    answer = execute(api, COPY, **sent, output_encoding="base64")
    assert base64.b64decode(answer["stdout"]) == EVERY_BYTE
    assert base64.b64decode(answer["stderr"]) == EVERY_BYTE[::-1]
    text = execute(api, COPY, **sent)  # the default stays: what is not UTF-8 is replaced
    assert text["stdout"] == EVERY_BYTE.decode(errors="replace")


def test_bytes_of_a_judging(api: httpx2.Client) -> None:
    body = {
        "language": "python",
        "code": "print(len(open('x.bin', 'rb').read()))",
        "files": [{"name": "x.bin", "content": b64(EVERY_BYTE), "encoding": "base64"}],
        "cases": [{"output": "256"}],
    }
    assert api.post("/api/v1/judge", json=body).json()["verdict"] == "AC"


@pytest.mark.parametrize("content", ["x", "=", "ab c", "ab\n", "é", "YQ==YQ==", "YQ", "-_-_"])
def test_what_is_not_base64_is_refused(api: httpx2.Client, content: str) -> None:
    for fields in (
        {"input_data": content, "input_encoding": "base64"},
        {"files": [{"name": "a", "content": content, "encoding": "base64"}]},
    ):
        response = api.post("/api/v1/execute", json={"language": "python", "code": "", **fields})
        assert response.status_code == 422
        assert "is not valid base64" in response.text


def test_much_output_as_base64_is_cut_to_whole_bytes(api: httpx2.Client) -> None:
    """The limit of the output is of bytes; the response stays below its own limit."""
    code = "import sys\nsys.stdout.buffer.write(bytes(2 << 20))"
    answer = execute(api, code, output_encoding="base64")
    assert (answer["reason"], answer["stdout_truncated"]) == ("output_limit", True)
    assert base64.b64decode(answer["stdout"]) == bytes(1 << 20)


def test_an_execution_that_is_not_run_has_no_bytes(api: httpx2.Client) -> None:
    answer = execute(api, "int main( {", "c", output_encoding="base64", artifacts=["*"])
    assert (answer["status"], answer["stdout"], answer["artifacts"]) == ("COMPILE_ERROR", "", [])


# --- both outputs in one ---------------------------------------------------------------------------------------------

INTERLEAVED: Final = "import os\nfor i in range(1000): os.write(1 + i % 2, b'%d\\n' % i)"


@pytest.mark.parametrize("encoding", ["utf8", "base64"])
def test_outputs_are_interleaved_as_they_are_written(api: httpx2.Client, encoding: str) -> None:
    answer = execute(api, INTERLEAVED, stderr_to_stdout=True, output_encoding=encoding)
    stdout = base64.b64decode(answer["stdout"]).decode() if encoding == "base64" else answer["stdout"]
    assert (stdout, answer["stderr"]) == ("".join(f"{number}\n" for number in range(1000)), "")
    apart = execute(api, INTERLEAVED)
    assert apart["stderr"].startswith("1\n3\n")


@pytest.mark.parametrize("encoding", ["utf8", "base64"])
@pytest.mark.parametrize("language", ["python", "c"])
def test_both_outputs_come_apart_and_in_order(api: httpx2.Client, language: str, encoding: str) -> None:
    """Of a program that waits in between, so that each part is read before the next is written."""
    code = {
        "python": "import os, time\nfor i in range(6):\n  os.write(1 + i % 2, b'%d\\n' % i)\n  time.sleep(0.05)",
        "c": "#include <stdio.h>\n#include <unistd.h>\nint main(void) { for (int i = 0; i < 6; i++)"
        ' dprintf(1 + i % 2, "%d\\n", i), usleep(50000); }',
    }
    answer = execute(api, code[language], language, interleave_output=True, output_encoding=encoding)
    read = (lambda text: base64.b64decode(text).decode()) if encoding == "base64" else str
    assert [read(answer[name]) for name in ("stdout", "stderr", "output")] == [
        "0\n2\n4\n",
        "1\n3\n5\n",
        "0\n1\n2\n3\n4\n5\n",
    ]


def test_each_limit_holds_for_outputs_in_order(api: httpx2.Client) -> None:
    code = "import os\nos.write(1, b'x' * 1000)\nfor _ in range(3000): os.write(2, b'y' * 1000)"
    answer = execute(api, code, interleave_output=True)
    assert (answer["reason"], answer["stdout_truncated"], answer["stderr_truncated"]) == ("output_limit", False, True)
    assert (len(answer["stdout"]), len(answer["stderr"]), len(answer["output"])) == (1000, 1 << 20, (1 << 20) + 1000)


def test_what_is_not_run_has_no_output_in_order(api: httpx2.Client) -> None:
    assert execute(api, "int main( {", "c", interleave_output=True)["output"] == ""
    assert "output" not in execute(api, "print()")


def test_one_limit_holds_for_outputs_in_one(api: httpx2.Client) -> None:
    code = "import os\nfor _ in range(3000):\n  os.write(1, b'x' * 1000)\n  os.write(2, b'y' * 1000)"
    answer = execute(api, code, stderr_to_stdout=True)
    assert (answer["reason"], len(answer["stdout"])) == ("output_limit", 1 << 20)


# --- limits of a run -------------------------------------------------------------------------------------------------


def test_stack_limit(api: httpx2.Client) -> None:
    code = (
        "#include <stdio.h>\nint deep(int n) { volatile char a[1024]; a[0] = 1; return n ? deep(n - 1) + a[0] : 0; }\n"
        'int main() { printf("%d", deep(2000)); }'
    )
    assert execute(api, code, "c")["stdout"] == "2000"
    answer = execute(api, code, "c", stack_limit_kb=1024)
    assert (answer["status"], answer["exit_code"]) == ("RUNTIME_ERROR", 139)
    assert execute(api, code, "c", stack_limit_kb=8192)["stdout"] == "2000"


def test_file_size_limit(api: httpx2.Client) -> None:
    code = (
        "open('a', 'wb').write(bytes(1024 * 64))\nprint('small')\n"
        "with open('/tmp/b', 'wb') as b: b.write(bytes(1024 * 65))"
    )
    assert execute(api, code)["status"] == "OK"
    answer = execute(api, code, file_size_limit_kb=64)
    assert answer["stdout"] == "small\n"
    assert "File too large" in answer["stderr"]
    c = '#include <stdio.h>\nint main() { FILE *f = fopen("a", "w"); for (int i = 0; i < 99999; i++) fputc(0, f); }'
    assert execute(api, c, "c", file_size_limit_kb=64)["exit_code"] == 128 + 25  # SIGXFSZ


FORKS: Final = """
import os, time
made = 0
try:
    while made < 60:
        if os.fork() == 0:
            time.sleep(1)
            os._exit(0)
        made += 1
except OSError as error:
    print(error.strerror)
print(made)
"""


def test_process_limit(api: httpx2.Client) -> None:
    """The main process is one of them; threads count as well, in every language."""
    for limit in (1, 2, 7):
        assert execute(api, FORKS, process_limit=limit)["stdout"].splitlines()[-1] == str(limit - 1)
    threads = (
        "import threading, time\nn = 0\ntry:\n  while n < 50:\n"
        "    threading.Thread(target=time.sleep, args=(0.3,)).start(); n += 1\nexcept RuntimeError: pass\nprint(n)"
    )
    assert execute(api, threads, process_limit=5)["stdout"] == "4\n"
    assert int(execute(api, FORKS, "pypy", process_limit=5)["stdout"].split()[-1]) == 4


RAISE: Final = """
import resource
for name in ("STACK", "FSIZE", "NPROC"):
    limit = getattr(resource, "RLIMIT_" + name)
    soft, hard = resource.getrlimit(limit)
    try:
        resource.setrlimit(limit, (hard + 4096, hard + 4096))
        print(name, "raised")
    except (ValueError, OSError):
        print(name, soft == hard, hard)
"""


def test_a_program_cannot_raise_its_limits(api: httpx2.Client) -> None:
    answer = execute(api, RAISE, stack_limit_kb=128, file_size_limit_kb=1, process_limit=3)
    assert answer["stdout"] == f"STACK True {128 << 10}\nFSIZE True 1024\nNPROC True 4\n"  # and the box's own process


def test_limits_of_one_run_are_not_those_of_the_next(api: httpx2.Client) -> None:
    for _ in range(4):
        assert execute(api, FORKS, process_limit=1)["stdout"].splitlines()[-1] == "0"
        assert int(execute(api, FORKS)["stdout"].splitlines()[-1]) > 40


def test_limits_of_a_judging(api: httpx2.Client) -> None:
    body = {"language": "python", "code": FORKS, "cases": [{"output": "Resource temporarily unavailable\n1\n"}] * 1}
    assert api.post("/api/v1/judge", json={**body, "process_limit": 2}).json()["verdict"] == "AC"
    assert api.post("/api/v1/judge", json=body).json()["verdict"] == "WA"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("stack_limit_kb", 63, "from 64 to 1048576"),
        ("stack_limit_kb", 1048577, "from 64 to 1048576"),
        ("file_size_limit_kb", 0, "from 1 to 65536"),
        ("file_size_limit_kb", 65537, "from 1 to 65536"),
        ("process_limit", 0, "from 1 to 64"),
        ("process_limit", 65, "from 1 to 64"),
    ],
)
def test_limits_have_bounds(api: httpx2.Client, field: str, value: int, message: str) -> None:
    for path, more in (("execute", {}), ("judge", {"cases": [{"output": ""}]})):
        response = api.post(f"/api/v1/{path}", json={"language": "python", "code": "", field: value, **more})
        assert response.status_code == 422
        assert f"{field} must be {message}" in response.text


# --- files that come back --------------------------------------------------------------------------------------------


def artifacts(answer: dict[str, Any]) -> dict[str, bytes]:
    return {file["name"]: base64.b64decode(file["content"]) for file in answer["artifacts"]}


WRITE: Final = """
import os
os.makedirs('out/deep')
for name in ('b.png', 'a.png', 'out/result.json', 'out/deep/x.csv', 'rest.txt'):
    open(name, 'wb').write(name.encode() + bytes(range(256)))
"""


def test_files_come_back(api: httpx2.Client) -> None:
    answer = execute(api, WRITE, artifacts=["*.png", "out/result.json", "**/*.csv", "none.txt"])
    names = ["a.png", "b.png", "out/deep/x.csv", "out/result.json"]
    assert [file["name"] for file in answer["artifacts"]] == names
    assert artifacts(answer) == {name: name.encode() + EVERY_BYTE for name in names}
    assert answer["artifacts_skipped"] == [{"name": "none.txt", "message": "No such file or directory"}]
    again = execute(api, "print(open('a.png', 'rb').read()[5:] == bytes(range(256)))", files=answer["artifacts"])
    assert again["stdout"] == "True\n"  # an artifact is a file of a request
    assert "artifacts" not in execute(api, WRITE)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("c", '#include <stdio.h>\nint main() { fputs("x", fopen("left.txt", "w")); return 3; }'),
        ("java", "class Main { public static void main(String[] a) throws Exception {"
                 ' java.nio.file.Files.writeString(java.nio.file.Path.of("left.txt"), "x"); System.exit(3); } }'),
        ("python", "open('left.txt', 'w').write('x')\nwhile True: pass"),
        ("python", "import os\nopen('left.txt', 'w').write('x')\nos.abort()"),
        ("python", "open('left.txt', 'w').write('x')\nx = ' ' * (1 << 40)"),
    ],
)  # fmt: skip
def test_files_come_back_whatever_the_end_is(api: httpx2.Client, language: str, code: str) -> None:
    answer = execute(api, code, language, artifacts=["**"], timeout=2)
    assert answer["status"] != "OK"
    assert artifacts(answer) == {"left.txt": b"x"}


def test_files_of_the_request_come_back_only_if_they_have_changed(api: httpx2.Client) -> None:
    files = [{"name": "in/a.txt", "content": "a"}, {"name": "in/b.txt", "content": "b"}]
    answer = execute(api, "open('in/a.txt', 'a').write('!')", files=files, artifacts=["**"])
    assert artifacts(answer) == {"in/a.txt": b"a!"}


ATTACKS: Final = {
    "links": (
        "import os\nos.symlink('/etc/passwd', 'a.png'); os.symlink('/proc/1/environ', 'b.png')\n"
        "os.symlink('/etc', 'etc'); os.link('main.py', 'c.png') if 0 else None\nopen('ok.png', 'w')",
        ["*.png", "etc/passwd", "etc/*"],
        {"ok.png"},
        {"a.png": "not a regular file", "b.png": "not a regular file", "etc/passwd": "Not a directory"},
    ),
    "pipes and sockets": (
        "import os, socket\nos.mkfifo('a.png')\nsocket.socket(socket.AF_UNIX).bind('b.png')\nopen('ok.png', 'w')",
        ["*.png"],
        {"ok.png"},
        {"a.png": "not a regular file", "b.png": "not a regular file"},
    ),
    "a sparse bomb": (
        "open('a.png', 'w').truncate(1 << 45)\nopen('b.png', 'w').truncate((3 << 20) + 1)\n"
        "open('c.png', 'w').truncate(2 << 20)",
        ["*.png"],
        {"c.png"},
        {"a.png": "too large", "b.png": "too large"},
    ),
    "closed directories": (
        "import os\nos.makedirs('d'); open('d/a.png', 'w'); os.chmod('d', 0)\nopen('ok.png', 'w')\n"
        "open('no.png', 'w'); os.chmod('no.png', 0)",
        ["**/*.png", "d/a.png"],
        {"ok.png"},
        {"no.png": "Permission denied", "d/a.png": "Permission denied"},
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_not_a_small_file_is_refused(api: httpx2.Client, name: str) -> None:
    code, patterns, files, skipped = ATTACKS[name]
    answer = execute(api, code, artifacts=patterns)
    assert answer["stderr"] == ""
    assert artifacts(answer).keys() == files
    assert {each["name"]: each["message"] for each in answer["artifacts_skipped"]} == skipped


def test_a_hundred_thousand_names_are_bounded(api: httpx2.Client) -> None:
    code = """
import os
made = 0
try:
    for i in range(100):
        os.makedirs(f'{i}/{"x" * 200}')
        for j in range(1000):
            open(f'{i}/{j}.png', 'w').close()
            made += 1
except OSError as error:
    print(error.strerror)
"""
    answer = execute(api, code, artifacts=["**/*.png"], timeout=15)
    assert answer["stdout"] == "No space left on device\n"  # ZUKO_INODES
    assert len(answer["artifacts"]) == 64
    assert [each["message"] for each in answer["artifacts_skipped"]] == ["too many files"]
    nothing = execute(api, code, artifacts=["**/*a*a*a*.gif"], timeout=15)
    assert (nothing["artifacts"], nothing["artifacts_skipped"]) == ([], [])


def test_names_that_are_not_text_are_refused_and_others_are_escaped(api: httpx2.Client) -> None:
    code = (
        "import os\nopen(b'\\xff.png', 'w'); open('\\n\\u202e\\x1b.png', 'w'); os.mkdir('..x'); open('..x/a.png', 'w')"
    )
    answer = execute(api, code, artifacts=["**/*.png"])
    assert artifacts(answer).keys() == {"\n\u202e\x1b.png", "..x/a.png"}
    assert answer["artifacts_skipped"] == [{"name": "\\xff.png", "message": "name is not UTF-8"}]


def test_many_refusals_are_bounded(api: httpx2.Client) -> None:
    code = "import os\nfor i in range(500): os.symlink('/', f'{i}.png')"
    answer = execute(api, code, artifacts=["*"])
    assert len(answer["artifacts_skipped"]) == 17
    assert answer["artifacts_skipped"][-1] == {"name": "", "message": "there are more"}


def test_files_stop_no_other_submission(api: httpx2.Client) -> None:
    """The sandbox is as good as new afterwards, with its directories and all that was taken from them."""
    for _ in range(3):
        execute(api, ATTACKS["closed directories"][0], artifacts=["**"])
        assert execute(api, "import os\nprint(os.listdir('.'))")["stdout"] == "['main.py']\n"


@pytest.mark.parametrize("pattern", ["", "/etc/passwd", "../x", "a/../b", "a//b", ".ssh/*", "-x", "[a]", "a\n", "é"])
def test_other_patterns_are_refused(api: httpx2.Client, pattern: str) -> None:
    response = api.post("/api/v1/execute", json={"language": "python", "code": "", "artifacts": [pattern]})
    assert response.status_code == 422
    assert "is not a valid pattern" in response.text


# --- the command line ------------------------------------------------------------------------------------------------


def test_command_line(tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_text(
        "import os, sys\nprint(sys.argv[1:]); sys.stdout.flush(); os.write(2, b'!\\n')\n"
        "os.makedirs('out'); open('out/a.bin', 'wb').write(bytes(range(256))); open('.bashrc', 'w')"
    )
    to = tmp_path / "got"
    options = ("--merge", "-a", "**", "--artifact-dir", to, "--process-limit", "3")
    run = zuko("run", *options, path, "--", "--quiet", "$HOME")
    assert (run.returncode, run.stdout) == (0, b"['--quiet', '$HOME']\n!\n"), run
    assert (to / "out" / "a.bin").read_bytes() == EVERY_BYTE
    assert [each.name for each in to.iterdir()] == ["out"]
    assert b"not saved: .bashrc: its name is hidden" in run.stderr
    refused = zuko("run", path, "--process-limit", "100")
    assert refused.returncode == 2
    assert b"--process-limit must be from 1 to 64; the setting ZUKO_PIDS_LIMIT bounds it" in refused.stderr


def test_saved_files_stay_in_their_directory(tmp_path: Path) -> None:
    """A link that stands in the directory is not followed."""
    path, to, victim = tmp_path / "main.py", tmp_path / "got", tmp_path / "victim"
    path.write_text("import os\nos.mkdir('d')\nopen('a', 'w').write('x'); open('d/b', 'w').write('x')")
    to.mkdir()
    victim.mkdir()
    (to / "a").symlink_to(victim / "a")
    (to / "d").symlink_to(victim)
    run = zuko("run", path, "-a", "**", "--artifact-dir", to)
    assert run.stderr.count(b"not saved: ") == 2, run
    assert list(victim.iterdir()) == []


def test_judging_with_arguments_at_the_prompt(tmp_path: Path) -> None:
    for name, text in {
        "problem.yaml": "problem_format_version: 2025-09\nname: Six\nuuid: 0d8ad2a1-9a7a-4c7f\n",
        "data/secret/1.in": "",
        "data/secret/1.ans": "a b\n",
        "a.py": "import sys\nprint(*sys.argv[1:])",
    }.items():
        (tmp_path / "six" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "six" / name).write_text(text)
    judged: subprocess.CompletedProcess[bytes] = zuko(
        "judge", tmp_path / "six", tmp_path / "six" / "a.py", "--arg", "a", "--arg", "b"
    )
    assert judged.returncode == 0, judged
