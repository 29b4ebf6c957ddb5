"""Interactive problems over HTTP: two programs that talk, each in a real sandbox."""

import json
import time
from typing import Any, Final

import pytest

from tests.harness.judging import judge, verdicts
from tests.harness.server import Server

GUESS: Final = """
import sys
from pathlib import Path

hidden = int(Path(sys.argv[1]).read_text())

def end(code, message):
    Path(sys.argv[3], "judgemessage.txt").write_text(message)
    sys.exit(code)

for _ in range(10):
    line = sys.stdin.readline(100).strip()
    if not line.isdigit():
        end(43, "that is not a number")
    guess = int(line)
    print("correct" if guess == hidden else "lower" if hidden < guess else "higher", flush=True)
    if guess == hidden:
        end(42, "found")
end(43, "too many questions")
"""
BISECT: Final = """
low, high = 1, 1000
while True:
    guess = (low + high) // 2
    print(guess, flush=True)
    match input():
        case "correct": break
        case "lower": high = guess - 1
        case "higher": low = guess + 1
"""
GUESSES: Final = [{"input": f"{hidden}\n", "output": ""} for hidden in (1, 500, 777, 1000)]


def interact(server: Server, code: str, talks: str = GUESS, **fields: Any) -> dict[str, Any]:
    fields = {"interactor": {"language": "python", "code": talks}, "cases": GUESSES[2:3], **fields}
    return judge(server, code, **fields)


def test_interactive_problem(server: Server) -> None:
    response = interact(server, BISECT, cases=GUESSES)
    assert verdicts(response) == ["AC"] * 4
    assert [case["checker_message"] for case in response["cases"]] == ["found"] * 4
    assert all(case["time_used_ms"] > 1 for case in response["cases"])


def test_interactive_problem_in_other_languages(server: Server) -> None:
    code = """
#include <iostream>
#include <string>
int main() {
    int low = 1, high = 1000;
    for (std::string word; word != "correct";) {
        int guess = (low + high) / 2;
        std::cout << guess << std::endl;
        std::cin >> word;
        (word == "lower" ? high : low) = word == "lower" ? guess - 1 : guess + 1;
    }
}
"""
    talks = """
#include <fstream>
#include <iostream>
int main(int, char **argv) {
    int hidden, guess;
    std::ifstream(argv[1]) >> hidden;
    for (int i = 0; i < 10 && std::cin >> guess; i++) {
        std::cout << (guess == hidden ? "correct" : hidden < guess ? "lower" : "higher") << std::endl;
        if (guess == hidden) return 42;
    }
    return 43;
}
"""
    response = interact(server, code, language="cpp", interactor={"language": "cpp", "code": talks}, cases=GUESSES)
    assert verdicts(response) == ["AC"] * 4


SUBMISSIONS: Final = {
    "asks-too-much": ("for n in range(1, 1001):\n    print(n, flush=True)\n    input()", "WA", "too many questions"),
    "answers-nonsense": ("print('x', flush=True); input()", "WA", "that is not a number"),
    "crashes": ("print(1, flush=True); input(); 1 / 0", "RTE", "exit code 1"),
    "crashes-at-once": ("1 / 0", "RTE", "exit code 1"),
    "is-silent": ("import time; time.sleep(99)", "TLE", "wall time"),
    "is-silent-and-computes": ("while True: pass", "TLE", "CPU time"),
    "floods": ("while True: print('1' * 99)", "WA", "too many questions"),
    "floods-without-line-ends": ("import sys\nwhile True: sys.stdout.write('1' * 4096)", "WA", ""),
    "floods-standard-error": ("import sys\nwhile True: sys.stderr.write('1' * 4096)", "OLE", "stderr"),
    "ends-early": ("print(1, flush=True)", "WA", "that is not a number"),
    "says-nothing-and-ends": ("", "WA", "that is not a number"),
    "closes-its-output": ("import os, time; os.close(1); time.sleep(99)", "WA", "that is not a number"),
    "fills-memory": ("x = [b'x' * (1 << 20) for _ in range(1 << 12)]", "MLE", "memory"),
    "does-not-flush": ("print(1)\ninput()\ninput()", "TLE", "wall time"),
}


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_who_talks_wrongly(server: Server, name: str) -> None:
    """The submission's own verdict, or what the interactor has found."""
    code, verdict, text = SUBMISSIONS[name]
    response = interact(server, code, time_limit_ms=300, wall_time_limit_ms=1000)
    assert (response["verdict"], text in (response["message"] or "")) == (verdict, True), response["message"]


def test_who_ignores_the_end_of_its_input(server: Server) -> None:
    """The interactor has said "right" and gone; what goes on for ever gets the time limit that it passed."""
    response = interact(server, f"{BISECT}\nwhile True: pass", time_limit_ms=300)
    assert response["verdict"] == "TLE"
    response = interact(server, f"{BISECT}\nimport time; time.sleep(99)", time_limit_ms=300, wall_time_limit_ms=600)
    assert response["verdict"] == "TLE"


def test_who_crashes_after_the_right_answer(server: Server) -> None:
    assert interact(server, f"{BISECT}\n1 / 0")["verdict"] == "RTE"


INTERACTORS: Final = {
    "crashes": ("1 / 0", "exit code 1"),
    "hangs": ("import time; time.sleep(99)", "wall time"),
    "computes": ("while True: pass", "stopped"),
    "floods": ("while True: print('x' * 999, flush=True)", "too much"),
    "ends-with-another-code": ("import sys; sys.exit(7)", "exit code 7"),
    "says-nothing": ("", "exit code 0"),
}


@pytest.mark.parametrize("name", INTERACTORS)
def test_a_broken_interactor_is_the_judge_s_error(impatient: Server, name: str) -> None:
    """Against a submission that listens to whatever comes and ends when that does."""
    code, text = INTERACTORS[name]
    listener = "import sys\nprint(1, flush=True)\nfor line in sys.stdin: pass"
    response = interact(impatient, listener, code, time_limit_ms=900)
    assert response["verdict"] == "JE", response["message"]
    assert text in response["message"]
    assert response["message"].startswith("the interactor failed: ")


def test_an_interactor_that_does_not_compile(server: Server) -> None:
    response = interact(server, BISECT, interactor={"language": "cpp", "code": "int main() { return x; }"})
    assert response["verdict"] == "JE"
    assert response["message"].startswith("interactor: the compiler rejected the program")
    assert "was not declared" in response["message"]


def test_an_interactive_program_sees_no_input_of_the_case(server: Server) -> None:
    """The interactor reads a file that the submission has to find out about."""
    code = "import os; print(os.listdir(), flush=True); print(input())"
    interactor = (
        "import sys; line = sys.stdin.readline(); open(sys.argv[3] + 'judgemessage.txt', 'w').write(line); sys.exit(43)"
    )
    response = interact(server, code, interactor)
    assert response["message"] == "['main.py']"


# --- who has the last word -------------------------------------------------------------------------------------------

SEVEN: Final = """
import sys
if int(sys.stdin.readline()) != 7: sys.exit(43)
print("ok", flush=True)
sys.exit(42)
"""
WRONG: Final = {
    "exits": ("python", "print(8, flush=True)\nraise SystemExit(1)"),
    "exits-in-cpp": ("cpp", "#include <iostream>\nint main() { std::cout << 8 << std::endl; return 1; }"),
    "crashes": ("python", "print(8, flush=True)\nimport os; os.abort()"),
    "reads-on": ("python", "print(8, flush=True)\ninput()"),
    "writes-on": ("python", "print(8, flush=True)\nwhile True: print('more', flush=True)"),
    "computes-on": ("python", "print(8, flush=True)\nwhile True: pass"),
    "sleeps-on": ("python", "print(8, flush=True)\nimport time; time.sleep(99)"),
    "fills-memory": ("python", "print(8, flush=True)\nx = [b'x' * (1 << 20) for _ in range(1 << 12)]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_a_wrong_answer_whatever_follows(server: Server, name: str) -> None:
    """The same each time, and soon: what the interactor said counts, and the submission is stopped."""
    language, code = WRONG[name]
    response = interact(server, code, SEVEN, language=language, cases=[{"output": ""}] * 6, time_limit_ms=5000)
    assert verdicts(response) == ["WA"] * 6, response
    assert sum(case["wall_time_ms"] for case in response["cases"]) < 12_000


def test_a_flood_that_the_interactor_cannot_read_is_the_submission_s_fault(server: Server) -> None:
    """And not a judge error, and the sandboxes are free again soon after the limit."""
    slow = """
import sys, time
for line in sys.stdin:
    time.sleep(0.001)
    print("no", flush=True)
sys.exit(43)
"""
    started = time.monotonic()
    response = interact(server, "while True: print(1, flush=True)", slow, time_limit_ms=500)
    assert response["verdict"] == "TLE", response
    assert time.monotonic() - started < 15


def test_either_side_may_close_its_output_and_read_on(server: Server) -> None:
    numbers = """
import os, sys
os.write(1, b"3\\n10\\n20\\n30\\n")
os.close(1)
sys.exit(42 if sys.stdin.readline().strip() == "60" else 43)
"""
    to_the_end = "import sys; d = sys.stdin.read().split(); print(sum(map(int, d[1:])))"
    assert interact(server, to_the_end, numbers, time_limit_ms=1000)["verdict"] == "AC"
    hears = """
import os, sys
said = sys.stdin.read()
os.write(1, b"got\\n")
sys.exit(42 if said == "hello\\n" else 43)
"""
    closes = 'import os; os.write(1, b"hello\\n"); os.close(1); assert os.read(0, 9) == b"got\\n"'
    assert interact(server, closes, hears, time_limit_ms=1000)["verdict"] == "AC"


def test_the_interactor_s_time_is_not_the_submission_s(server: Server) -> None:
    """A right submission is accepted however long it is kept waiting, and the time is not in its figures."""
    slow = """
import sys, time
for number in range(4):
    print(number, flush=True)
    time.sleep(0.5)
    if int(sys.stdin.readline()) != number: sys.exit(43)
    time.sleep(0.3)
sys.exit(42)
"""
    echo = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
    response = interact(server, echo, slow, time_limit_ms=300, wall_time_limit_ms=1500)
    assert response["verdict"] == "AC", response
    assert response["wall_time_ms"] < 1500


def test_many_rounds(server: Server) -> None:
    """20,000 of them fit into a second of wall time limit, which took three before."""
    asks = """
import sys
for number in range(20000):
    print(number, flush=True)
    if int(sys.stdin.readline()) != number: sys.exit(43)
sys.exit(42)
"""
    echo = "import sys\nwhile line := sys.stdin.readline(): print(line, end='', flush=True)"
    response = interact(server, echo, asks, time_limit_ms=1000)
    assert response["verdict"] == "AC", response


def test_a_submission_finds_nothing_of_the_jury(server: Server) -> None:
    """It has three pipes, sees its own processes, and reaches neither the interactor's files nor a socket."""
    code = """
import glob, json, os, socket
print(json.dumps([
    sorted(os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in range(16) if os.path.lexists(f"/proc/self/fd/{n}")),
    [name for name in glob.glob("/proc/[0-9]*/root/**", recursive=False) if "judge" in name],
    glob.glob("/workspace/*") + glob.glob("/tmp/*") + glob.glob("/dev/shm/*"),
    sorted(filter(str.isdigit, os.listdir("/proc"))),
    open("/proc/net/unix").read().count("@"),
    os.listdir("/sys/class/net") if os.path.exists("/sys/class/net") else ["lo"],
]), flush=True)
"""
    talks = """
import socket, sys, time
from pathlib import Path
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0jury")
listener.listen()
Path(sys.argv[3], "judgemessage.txt").write_text(sys.stdin.readline())
sys.exit(42)
"""
    response = interact(server, code, talks)
    assert response["verdict"] == "AC", response
    kinds, seen, files, pids, sockets, networks = json.loads(response["cases"][0]["checker_message"])
    assert (set(kinds), seen, files, len(pids), sockets) == ({"pipe"}, [], ["/workspace/main.py"], 2, 0)
    assert networks == ["lo"]
