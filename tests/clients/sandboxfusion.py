"""Call SandboxFusion's own client, and verl's reward function; argument: the server's URL.

verl's file is loaded by its path, as it needs `requests` alone. Prints what they returned, as JSON.
"""

import asyncio
import base64
import importlib.util
import json
import logging
import sys
import sysconfig
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import sandbox_fusion as fusion

URL = sys.argv[1]


def with_client() -> dict[str, object]:
    """Call the official client."""
    fusion.set_endpoint(URL)

    def run(code: str, language: str = "python", **fields: Any) -> Any:
        request = fusion.RunCodeRequest(code=code, language=language, **fields)
        return json.loads(fusion.run_code(request, max_attempts=1).json())

    files = {"data/in.txt": base64.b64encode("é".encode()).decode(), "absent": None}
    code = "import os; os.makedirs('o'); open('o/x','wb').write(b'\\xff'); print(open('data/in.txt').read(), input())"
    try:
        run("1", "lean")
        refused = ""
    except Exception as error:  # noqa: BLE001 - its own class for every status
        refused = str(error)
    return {
        "files": run(code, stdin="日本", files=files, fetch_files=["o/x", "/workspace/o/x", "none", "/etc/passwd"]),
        "late": run("while True: pass", run_timeout=0.3),
        "failed": run("raise SystemExit(3)"),
        "killed": run("import os; os.kill(os.getpid(), 9)"),
        "cpp": run("#include <iostream>\nint main() { std::cout << __cplusplus; }", "cpp"),
        "rejected": run("int main( {", "cpp"),
        "java": run("public class Main { public static void main(String[] a) { assert false; } }", "java"),
        "node": run("console.log(1)", "nodejs", compile_timeout=3),
        "async": json.loads(
            asyncio.run(fusion.run_code_async(fusion.RunCodeRequest(code="print(1)", language="python"))).json()
        ),
        "refused": refused,
    }


def verl() -> ModuleType:
    """Load verl's reward function."""
    path = Path(sysconfig.get_path("purelib"), "verl/utils/reward_score/sandbox_fusion/utils.py")
    spec = importlib.util.spec_from_file_location("utils", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_verl() -> dict[str, object]:
    """Call verl's reward function: 100 cases at a time, and one of each result."""
    logging.disable(logging.CRITICAL)
    check, url = verl().check_correctness, f"{URL}/run_code"
    numbers = range(100)
    doubles = {"inputs": [str(number) for number in numbers], "outputs": [str(2 * number) for number in numbers]}
    results, metadata = check(
        url, doubles, "print(2 * int(input()))", timeout=15, concurrent_semaphore=threading.Semaphore(64)
    )
    one = {"inputs": ["1"], "outputs": ["2"]}
    function = {"inputs": ["[1, 2]\n3", "[]\n1"], "outputs": ["[1, 2, 3]", "[1]"], "fn_name": "put"}
    return {
        "hundred": results,
        "fields": {name: metadata[0][name] for name in ("status", "run_status", "exit_code", "stdout", "stderr")},
        "wrong": check(url, one, "print(3)")[0],
        "runtime": check(url, one, "1/0")[0],
        "late": check(url, one, "while True: pass", timeout=1)[0],
        "compile": check(url, one, "int main( {", language="cpp")[0],
        "function": check(url, function, "class Solution:\n    def put(self, a, b):\n        return a + [b]")[0],
        "unknown": check(url, one, "1", language="lean")[0],
    }


print(json.dumps({"client": with_client(), "verl": with_verl()}))
