"""Call every function of `ultra-piston`, `aiopyston` and `piston-rspy`, and what open-r1 sends.

Arguments: the server's URL, and `all`, or `busy` for a server that cannot run a program now. Prints what they returned,
as JSON.
"""

import asyncio
import base64
import json
import sys

import piston_rspy
import pyston
import requests
import ultra_piston
from pyston.exceptions import ExecutionError, TooManyRequests
from ultra_piston import File, PistonClient

URL, WHAT = sys.argv[1:]
BASE = f"{URL}/api/v2"
ECHO = "import sys\nprint(input(), sys.argv[1:])\nprint('err', file=sys.stderr)"
LOOP = "while True: pass"
FULL = "bytearray(1 << 30)"


def with_ultra() -> dict[str, object]:
    """Call `ultra-piston`: its models are strict about types."""
    client = PistonClient(base_url=BASE, rate_limit=0)

    def run(code: str, language: str = "python", **fields: object) -> object:
        done = client.post_execute(language, "3.10.0", File(content=code), **fields)
        return [done.run.stdout, done.run.code, done.run.signal]

    late = client.post_execute("python", "*", File(content=LOOP), run_timeout=300)
    broken = client.post_execute("c++", "10.2.0", File(name="a.cpp", content="int main() { return x; }"))
    return {
        "runtimes": [each.language for each in client.get_runtimes()],
        "installed": [each.language for each in client.get_packages() if each.installed],
        "echo": run(ECHO, stdin="é 日", args=["a b"]),
        "memory": run(FULL),
        "late": [late.run.code, late.run.signal],
        "broken": [broken.run.code, broken.compile.code, "a.cpp:1" in broken.run.stderr],
        "binary": run("import sys; sys.stdout.buffer.write(b'a\\xff\\x00')"),
        "data": client.post_execute("python", "*", File(content="print(1)", encoding="utf8")).run.output,
        "errors": [
            _error(lambda: client.post_execute("nope", "*", File(content=""))),
            _error(lambda: client.post_packages("nope", "1.0.0")),
            _error(lambda: client.post_packages("python", "*")),
            _error(lambda: client.delete_packages("nope", "1.0.0")),
        ],
        "later": asyncio.run(_ultra_async()),
    }


async def _ultra_async() -> object:
    client = PistonClient(base_url=BASE, rate_limit=0)
    runtimes = await client.get_runtimes_async()
    done = await client.post_execute_async("py", runtimes[0].version, File(content="print(1)"))
    return [done.run.output, len(await client.get_packages_async()) > 0]


def _error(call) -> str:
    try:
        call()
    except ultra_piston.errors.BasePistonError as error:
        return type(error).__name__
    return "none"


async def with_pyston() -> dict[str, object]:
    """Call `aiopyston`: it ends paths with a slash, and sends empty names and -1."""
    client = pyston.PystonClient(base_url=f"{BASE}/")
    try:
        done = await client.execute("python", [pyston.File(ECHO)], stdin="é", args=["1"])
        try:
            await client.execute("nope", [pyston.File("")])
            refused = "none"
        except ExecutionError as error:
            refused = str(error)
        return {
            "languages": "python" in await client.languages(),
            "named": [each.language for each in await client.get_runtimes("py")],
            "stdout": done.run_stage.stdout,
            "output": str(done),
            "refused": refused,
        }
    finally:
        await client.close_session()


async def with_rspy() -> dict[str, object]:
    """Call `piston-rspy`: its types are Rust's."""
    client = piston_rspy.Client.with_url(BASE)
    files = [
        piston_rspy.File(name="b.bin", content=base64.b64encode(b"\x00\xff").decode(), encoding="base64"),
        piston_rspy.File(name="main.py", content="print(open('b.bin', 'rb').read(), input())"),
    ]
    asked = piston_rspy.Executor().set_language("python").set_version("*").add_files(files).set_stdin("é")
    done = await client.execute(asked)
    code = "int main() { return 3; }"
    compiled = piston_rspy.Executor().set_language("c").set_version("*").add_file(piston_rspy.File(content=code))
    late = piston_rspy.Executor().set_language("python").set_version("*").set_run_timeout(300)
    stopped = await client.execute(late.add_file(piston_rspy.File(content=LOOP)))
    refused = await client.execute(piston_rspy.Executor().set_language("nope").set_version("*"))
    ended = await client.execute(compiled)
    return {
        "runtimes": "python" in [each.language for each in await client.fetch_runtimes()],
        "stdout": done.run.stdout,
        "codes": [ended.compile.code, ended.run.code],
        "late": stopped.run.signal,
        "refused": [refused.is_err(), str(refused)],
    }


def with_open_r1() -> dict[str, object]:
    """Send what open-r1's client sends, and read of it what its scoring of code reads."""

    def send(files: list[dict[str, str]], language: str = "python", **fields: object) -> dict:
        body = {"files": files, "language": language, "version": "*", **fields}
        reply = requests.post(f"{BASE}/execute", json=body, headers={"Content-Type": "application/json"}, timeout=60)
        if reply.status_code != 200:
            raise RuntimeError(reply.text)
        return reply.json()

    def score(code: str, expected: str, **fields: object) -> object:
        """Compare by a program of the reward's, which runs the solution and writes the share of cases that passed."""
        template = (
            "import subprocess, sys\n"
            "done = subprocess.run([sys.executable, '-c', sys.argv[1]], input=sys.argv[2], capture_output=True,"
            " text=True, timeout=5)\n"
            "print(1.0 if done.stdout.strip() == sys.argv[3] else 0.0)\n"
        )
        reply = send(
            [{"name": "main.py", "content": template}], args=[code, "5", expected], run_timeout=10_000, **fields
        )
        return float(reply["run"]["stdout"])

    late = send([{"content": LOOP}], run_timeout=300, run_memory_limit=512 << 20)["run"]
    big = send([{"content": "print(len(open('input.txt').read()))"}, {"name": "input.txt", "content": "x" * 2_000_000}])
    full = send([{"content": FULL}])["run"]
    return {
        "scores": [score("print(int(input()) ** 2)", "25"), score("print(int(input()))", "25")],
        "late": [late["signal"], late["stdout"]],  # too slow, in its words
        "big": big["run"]["stdout"],
        "memory": full["code"],
        "languages": send([{"content": "#include <iostream>\nint main() { std::cout << 1; }"}], "c++")["run"]["stdout"],
    }


SUM = """#include "sum.h"
int sum(std::vector<int> a) { int all = 0; for (int each : a) all += each; return all; }
"""
GRADER = """#include "sum.h"
#include <cstdio>
int main() {
    int n, sent[9];
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) if (scanf("%d", sent + i) != 1) return 1;
    printf("%d\\n", sum(std::vector<int>(sent, sent + n)));
}
"""
CHECKER = """#include <cstdlib>
#include <fstream>
#include <iostream>
int main(int, char **argv) {
    int expected, printed;
    std::ifstream(argv[2]) >> expected;
    std::ifstream(argv[3]) >> printed;
    double score = expected == printed ? 1 : std::abs(expected - printed) == 1 ? 0.5 : 0;
    std::cout << score << std::endl;
    std::cerr << (score == 1 ? "Output is correct" : score ? "Output is partially correct" : "Output isn't correct")
              << std::endl;
    return 7;
}
"""


def with_open_r1_ioi() -> dict[str, object]:
    """Score tests of a task as open-r1's `ioi_scoring` does: the files that it sends, and what it reads."""

    def score(submission: str, *, checker: str = "", kind: str = "Batch") -> list[object]:
        config = {"task_type": kind, "code": "sum", "time_limit": 0.5, "memory_limit": 256 << 20}
        files = {
            "graders/sum.cpp": submission,
            "input.txt": "3\n1 2 3\n",
            "correct_output.txt": "6\n",
            "graders/sum.h": "#include <vector>\nint sum(std::vector<int> a);\n",
            "graders/grader.cpp": GRADER,
            "graders/manager.cpp": "not compiled with it",
            "graders/grader_config.json": json.dumps(config),
            "checker/checker.cpp": checker,
        }
        body = {
            "files": [{"name": name, "content": content} for name, content in files.items() if content],
            "run_timeout": 3500,
            "run_memory_limit": 256 << 20,
            "language": "cms_ioi",
            "version": "*",
        }
        reply = requests.post(f"{BASE}/execute", json=body, headers={"Content-Type": "application/json"}, timeout=120)
        told = reply.json()
        if reply.status_code != 200:
            return [reply.status_code, told["message"]]
        if told["compile"]["code"] != 0:
            return ["0", "Compilation error"]
        return [told["run"]["stdout"], told["run"]["stderr"]]

    return {
        "right": score(SUM),
        "near": score(SUM.replace("all = 0", "all = 1"), checker=CHECKER),
        "broken": score("int sum("),
        "late": score(SUM.replace("{ int", "{ for (volatile int x = 0;;) x = 1; int")),
        "reads": score(SUM.replace("return all", 'return std::ifstream("correct_output.txt").good() ? 6 : 0')
                       .replace("#include", "#include <fstream>\n#include", 1)),
        "kind": score(SUM, kind="Communication"),
    }  # fmt: skip


def busy() -> dict[str, object]:
    """Return what each of them makes of a server that cannot run a program now."""
    client = PistonClient(base_url=BASE, rate_limit=0)

    async def by_pyston() -> str:
        other = pyston.PystonClient(base_url=f"{BASE}/")
        try:
            await other.execute("python", [pyston.File("")])
        except TooManyRequests as error:
            return type(error).__name__
        finally:
            await other.close_session()
        return "none"

    return {
        "ultra": _error(lambda: client.post_execute("python", "*", File(content=""))),
        "pyston": asyncio.run(by_pyston()),
    }


def everything() -> dict[str, object]:
    """Call them one after another."""
    return {
        "ultra": with_ultra(),
        "pyston": asyncio.run(with_pyston()),
        "rspy": asyncio.run(with_rspy()),
        "open_r1": with_open_r1(),
        "open_r1_ioi": with_open_r1_ioi(),
    }


print(json.dumps(busy() if WHAT == "busy" else everything()))
