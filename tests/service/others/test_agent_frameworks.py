"""The tools of docs/how-to/mcp.md for frameworks of agents, with the real packages, as they stand there."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.harness.server import Server

PYTHON: Final = ROOT / ".tools" / "clients" / "bin" / "python"  # as tests/clients/uv.lock has it
# How a framework calls its tool, and what it tells a model of it.
CALLS: Final = {
    "langchain_core": """
from tool import run_code
message = {"name": "run_code", "id": "1", "type": "tool_call", "args": {"code": CODE, "stdin": "given"}}
print(run_code.invoke(message).content)
assert set(run_code.args) == {"code", "language", "stdin"}
""",
    "smolagents": """
from tool import run_code
print(run_code(code=CODE, language="python", stdin="given"))
assert set(run_code.inputs) == {"code", "language", "stdin"}
""",
}


@pytest.mark.parametrize("framework", CALLS)
def test_a_framework_calls_it(server: Server, tmp_path: Path, framework: str) -> None:
    page = (ROOT / "docs" / "how-to" / "mcp.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    (tool,) = (block for block in blocks if f"from {framework}" in block)
    (tmp_path / "tool.py").write_text(tool.replace("http://127.0.0.1:8000", server.url))
    code = f"CODE = 'print(input()); import sys; sys.exit(3)'\n{CALLS[framework]}"
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}", "LANGSMITH_TRACING": "false"}
    result = subprocess.run([PYTHON, "-c", code], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[:2] == ["RUNTIME_ERROR", "given"]
