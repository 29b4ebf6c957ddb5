"""Call every function of the official SDK (`judge0`); argument: the server's URL. Prints what it returned, as JSON."""

import json
import sys

import judge0
import requests
from judge0 import File, Filesystem, Submission

client = judge0.Client(endpoint=sys.argv[1])
PROGRAMS = {
    "hello": {"source_code": "print('héllo', input())", "stdin": "wörld 日本"},
    "wrong": {"source_code": "print(1)", "expected_output": "2"},
    "late": {"source_code": "while True: pass", "cpu_time_limit": 0.2, "cpu_extra_time": 0},
    "memory": {"source_code": "bytearray(1 << 30)"},
    "error": {"source_code": "raise SystemExit(7)"},
    "compile": {"source_code": "int main( {", "language": 50},
    "arguments": {"source_code": "import sys; print(sys.argv[1:])", "command_line_arguments": "a 'b c'"},
    "merged": {
        "source_code": "import sys; print('o', flush=True); print('e', file=sys.stderr)",
        "redirect_stderr_to_stdout": True,
    },
    "files": {
        "source_code": "import os; print(open('data/x.txt').read(), os.listdir('data'))",
        "additional_files": Filesystem(content=[File(name="data/x.txt", content="from a zip")]),
    },
    "options": {
        "source_code": "#include <cstdio>\nint main() { puts(X); }",
        "language": 54,
        "compiler_options": '-O1 -DX=__FILE__ "-Wall"',
    },
    "java": {
        "source_code": "class A { public static void main(String[] a) { System.out.println(7); } }",
        "language": judge0.JAVA,
        "memory_limit": 128000,
    },
    "runs": {"source_code": "print(3)", "number_of_runs": 3, "expected_output": "3"},
}


def of(submission: Submission) -> dict[str, object]:
    """Return what a test looks at."""
    names = ("stdout", "stderr", "compile_output", "message", "exit_code", "time", "memory")
    return {name: getattr(submission, name) for name in names} | {"status": submission.status.value}


def submissions() -> dict[str, Submission]:
    """Return a new submission of each program."""
    return {name: Submission(**{"language": judge0.PYTHON, **fields}) for name, fields in PROGRAMS.items()}


single = judge0.run(client=client, submissions=submissions()["hello"])
batch = dict(zip(PROGRAMS, judge0.run(client=client, submissions=list(submissions().values())), strict=True))
cases = judge0.run(
    client=client,
    source_code="print(int(input()) * 2)",
    language=71,
    test_cases=[("1", "2"), ("2", "5")],
)
later = judge0.async_run(client=client, submissions=Submission(source_code="print(9)", language=71))
later = judge0.wait(client=client, submissions=later)
# The SDK reads the files that a program leaves, but names no fields when it submits.
program = {"source_code": "open('left.txt', 'w').write('é')", "language_id": 71}
token = requests.post(f"{sys.argv[1]}/submissions?fields=post_execution_filesystem", json=program).json()["token"]
left = judge0.wait(client=client, submissions=Submission(source_code="", token=token))
print(
    json.dumps(
        {
            "version": client.version,
            "about": client.get_about(),
            "python": client.get_language(71).name,
            "languages": len(client.get_languages()),
            "statuses": [each["id"] for each in client.get_statuses()],
            "batch_max": client.config.max_submission_batch_size,
            "single": of(single),
            "batch": {name: of(each) for name, each in batch.items()},
            "cases": [of(each) for each in cases],
            "later": of(later),
            "left": {file.name: str(file) for file in left},
            "read_again": client.get_submission(single).source_code,
        }
    )
)
