"""`zuko verify` on packages as they are published: what other tools read is read here, and judged as it is there.

Each is as small as it can be. All are verified by one command, and some of it again by its options.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.harness.command import zuko

_SUM: Final = "print(sum(map(int, input().split())))\n"
_CASE: Final = {"data/secret/1.in": "1 2\n", "data/secret/1.ans": "3\n"}
_DRAFT: Final = "problem_format_version: 2023-07-draft\nname: Draft\nuuid: u\nlimits: {time_limit: 2}\n"
_HELLO: Final = {
    ".timelimit": "2\n",
    "problem.yaml": "name: Hello\n",
    "data/sample/1.in": "",
    "data/sample/1.ans": "hello\n",
    "submissions/accepted/h.py": "print('hello')\n",
}

_PACKAGES: Final = {
    "a score with an exponent": {
        ".timelimit": "2\n",
        "problem.yaml": "name: Near\ntype: scoring\nvalidation: custom score\n",
        "data/secret/testdata.yaml": "range: 0 100\n",
        **_CASE,
        "output_validators/near.py": "import sys\n"
        "points = 100 / (1 + abs(int(open(sys.argv[2]).read()) - int(input())))\n"
        "open(sys.argv[3] + 'score.txt', 'w').write(f'{points:.9e}')\nsys.exit(42)\n",
        "submissions/accepted/sum.py": _SUM,
        "submissions/partially_accepted/one_more.py": "print(1 + sum(map(int, input().split())))\n",
    },
    "a draft with its validator in a directory": {
        "problem.yaml": f"{_DRAFT}type: interactive\n",
        "data/secret/1.in": "5\n",
        "data/secret/1.ans": "",
        "output_validator/talk/talk.py": "import sys\nn = int(open(sys.argv[1]).read())\nprint(n, flush=True)\n"
        "sys.exit(42 if input() == str(n + 1) else 43)\n",
        "submissions/accepted/next.py": "print(int(input()) + 1)\n",
    },
    "a draft with the groups of the legacy format": {
        "problem.yaml": f"{_DRAFT}type: scoring\n",
        "data/testdata.yaml": "on_reject: continue\ngrader_flags: ignore_sample\n",
        "data/secret/testdata.yaml": "on_reject: continue\ngrader_flags: first_error accept_if_any_accepted\n",
        "data/secret/one/testdata.yaml": "accept_score: 40\ngrader_flags: min\n",
        "data/secret/one/1.in": "2 2\n",
        "data/secret/one/1.ans": "4\n",
        "data/secret/two/testdata.yaml": "accept_score: 60\ngrader_flags: min\n",
        "data/secret/two/2.in": "-5 2\n",
        "data/secret/two/2.ans": "-3\n",
        "submissions/accepted/sum.py": _SUM,
        "submissions/partially_accepted/abs.py": "print(sum(abs(int(x)) for x in input().split()))\n",
    },
    "a key that the format does not have": {
        "problem.yaml": f"{_DRAFT.replace('2023-07-draft', '2025-09')}source_url: https://example.org\n",
        **_CASE,
        "submissions/accepted/sum.py": _SUM,
    },
    "multi-pass in the legacy format": {
        ".timelimit": "2\n",
        "problem.yaml": "name: Rounds\nvalidation: custom multi-pass\nlimits: {validation_passes: 3}\n",
        **_CASE,
        "output_validators/v.py": "import sys\nsys.exit(42)\n",
        "submissions/accepted/sum.py": _SUM,
    },
    "samples only": _HELLO,
    "folders and tags of DOMjudge": {
        **_HELLO,
        "data/secret/2.in": "",
        "data/secret/2.ans": "hello\n",
        "submissions/mixed-verdicts/wrong.py": "# @EXPECTED_RESULTS@: CORRECT\nprint('bye')\n",
        "submissions/multiple/exits.py": "# @EXPECTED_RESULTS@: TIMELIMIT, RUN-ERROR\nraise SystemExit(1)\n",
        "submissions/no_output/silent.py": "",
        "submissions/output_limit/floods.py": "while True: print('x' * 4096)\n",
        "submissions/wrong_answer/first.py": "# @EXPECTED_RESULTS@: WRONG-ANSWER\nimport pathlib\nprint('bye')\n",
    },
}
# The first words of each submission's line, and its last.
_EXPECTED: Final = {
    "a score with an exponent": [
        "accepted/sum.py python AC AC 100 ok",
        "partially_accepted/one_more.py python part AC 50 ok",
    ],
    "a draft with its validator in a directory": ["accepted/next.py python AC AC ok"],
    "a draft with the groups of the legacy format": [
        "accepted/sum.py python AC AC 100 ok",
        "partially_accepted/abs.py python part AC 40 ok",
    ],
    "a key that the format does not have": ["accepted/sum.py python AC AC ok"],
    "multi-pass in the legacy format": ["accepted/sum.py python AC AC ok"],
    "samples only": ["accepted/h.py python AC AC ok"],
    "folders and tags of DOMjudge": [
        "accepted/h.py python AC AC ok",
        "mixed-verdicts/wrong.py python AC WA NOT ok",
        "multiple/exits.py python TLE/RTE RTE ok",
        "no_output/silent.py python WA WA ok",
        "output_limit/floods.py python OLE OLE ok",
        "wrong_answer/first.py python WA WA ok",
    ],
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packages")
    for name, files in _PACKAGES.items():
        for path, text in files.items():
            file = root / name.replace(" ", "_") / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return root


def lines_of(output: str) -> list[str]:
    """Return the lines of submissions, without their figures."""
    kept = []
    for line in output.splitlines():
        words = line.split()
        if words and words[0].count("/") == 1 and words[-1] == "ok":
            figures = next(at for at, word in enumerate(words) if "." in word and at > 0)
            kept.append(" ".join([*words[:figures], *(("NOT",) if words[-2] == "NOT" else ()), "ok"]))
    return kept


def test_packages_are_read_and_judged_as_elsewhere(packages: Path) -> None:
    paths = [packages / name.replace(" ", "_") for name in _PACKAGES]
    result = zuko("verify", *paths, timeout_s=280)
    assert result.returncode == 1, result.stderr
    expected = [line for lines in _EXPECTED.values() for line in lines]
    assert lines_of(result.stdout.decode()) == expected, result.stdout.decode()
    notes = result.stderr.decode() + result.stdout.decode()
    assert "source_url: unknown key, ignored" in notes
    assert "data/secret: has no test cases: the samples alone are judged" in notes
    assert "sample/1 is the first that is not accepted: WA, expected AC" in notes


def test_one_submission_or_case_of_many(packages: Path) -> None:
    """By its path or by a pattern; what is left out is not run."""
    tags, shares = packages / "folders_and_tags_of_DOMjudge", packages / "a_draft_with_the_groups_of_the_legacy_format"
    result = zuko("verify", tags / "submissions/multiple/exits.py")
    assert lines_of(result.stdout.decode()) == ["multiple/exits.py python TLE/RTE RTE ok"]
    result = zuko("verify", tags, "-s", "^no_output|^accepted", "-d", "secret/2")
    assert [line.split()[0] for line in lines_of(result.stdout.decode())] == [
        "accepted/h.py",
        "no_output/silent.py",
    ]
    result = zuko("verify", shares / "data/secret/one", "-s", "sum")
    assert lines_of(result.stdout.decode()) == ["accepted/sum.py python AC AC 40 ok"]


def test_a_type_that_needs_a_validator_says_so(packages: Path) -> None:
    package = packages / "a_key_that_the_format_does_not_have"
    text = (package / "problem.yaml").read_text()
    (package / "problem.yaml").write_text(f"{text}type: pass-fail multi-pass\n")
    result = zuko("verify", package)
    (package / "problem.yaml").write_text(text)
    assert result.returncode == 2
    assert b"output_validator: has no validator, but the problem needs one" in result.stderr
