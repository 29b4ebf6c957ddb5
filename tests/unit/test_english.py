"""The prose of the code: docstrings begin with a verb, and the words are those of other projects."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent.parent

_DIRECTORIES: Final = ("zuko", "handler", "benchmarks", "docker", "scripts")
# Of the corpus: what users might send.
_PROGRAMS: Final = ("compile_attacks", "problems", "programs", "verdicts", "warm")
MODULES: Final = sorted([*(path for each in _DIRECTORIES for path in (ROOT / each).rglob("*.py")), ROOT / "main.py"])
TESTS: Final = sorted(
    path
    for path in (ROOT / "tests").rglob("*.py")
    if path != Path(__file__) and not any((ROOT / "tests/corpus" / each) in path.parents for each in _PROGRAMS)
)
# Everything else that is written for people: shell, C, recipes.
_TEXTS: Final = (".ci/run", "Makefile", "docker/**/*.[ch]", "docker/*.Dockerfile", "infra/*", "template.yaml")
TEXTS: Final = sorted(
    {
        path
        for pattern in (*_TEXTS, *(f"{each}/**/*.sh" for each in ("docker", "infra", "scripts")))
        for path in ROOT.glob(pattern)
        if path.is_file() and path.suffix != ".py"
    }
)
CLAIMED: Final = sorted(
    path for each in _PROGRAMS for path in (ROOT / "tests/corpus" / each).rglob("*") if path.suffix != ".md"
)

# A docstring that begins with one of these is a clause without a subject.
_CLAUSES: Final = frozenset(("As", "If", "That", "Those", "What", "When", "Where", "Whether", "Which", "Who", "Whose"))
# A function's docstring begins with a verb in its plain form, so not with one of these either.
_NO_VERBS: Final = frozenset(
    ("A", "All", "An", "Both", "Each", "Every", "From", "How", "In", "Its", "Of", "On", "One", "Our", "The", "With")
)
_VERBS_IN_S: Final = frozenset(("Address", "Bypass", "Compress", "Discuss", "Pass", "Press", "Process"))

_INSTEAD: Final = {
    "anew": "again, rebuild",
    "are no": "are not, do not exist",
    "but for": "except for",
    "can not": "cannot",
    "for want of": "without, because there is no",
    "is no": "is not a, does not exist",
    "mend": "fix",
    "mended": "fixed",
    "mends": "fixes",
    "nobody": "no one; better: name what is idle, unused, unowned",
    "somebody": "a user, a client, a waiter",
    "told": "reported, logged, shown",
    "whoever": "anyone who, the user, the caller",
}
# "there is no", "is no longer" and "is no more than" are English; "root, nobody" and "root\|nobody" are users.
_ODD: Final = re.compile(
    rf"(?<!there )(?<!root, )(?<!\|)\b(?:{'|'.join(map(re.escape, _INSTEAD))})\b(?! (?:longer|more|such|other)\b)",
    re.IGNORECASE,
)

_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def documented(path: Path) -> Iterator[tuple[_Documented, str]]:
    """Yield what has a docstring, and its first word."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, _Documented) and (text := ast.get_docstring(node)):
            yield node, text.split(maxsplit=1)[0].rstrip(",.:;")


def is_test(node: _Documented) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")


def is_property(node: _Documented) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(isinstance(each, ast.Name) and each.id in ("property", "cached_property") for each in decorators)


def check_words(path: Path, number: int, line: str) -> None:
    if found := _ODD.search(line):
        word = found[0].lower()
        pytest.fail(f"{name(path)}:{number}: {word!r}; instead: {_INSTEAD[word]}")


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name)
def test_docstrings_begin_with_a_verb(path: Path) -> None:
    """Docstrings of modules, classes and properties may be nouns, and those of tests are claims."""
    for node, first in documented(path):
        where = f"{name(path)}:{getattr(node, 'lineno', 1)}"
        if is_test(node):
            continue
        assert first not in _CLAUSES, f"{where}: a docstring begins with {first!r}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_property(node):
            third_person = first.endswith("s") and first not in _VERBS_IN_S
            assert not third_person, f"{where}: {first!r} is not a verb in its plain form"
            assert first not in _NO_VERBS, f"{where}: a function's docstring begins with {first!r}, not with a verb"


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name)
def test_words(path: Path) -> None:
    """Docstrings, messages and comments use the words of other projects."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type in (tokenize.STRING, tokenize.FSTRING_MIDDLE, tokenize.COMMENT):
            for number, line in enumerate(token.string.splitlines()):
                check_words(path, token.start[0] + number, line)


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_words_of_other_texts(path: Path) -> None:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        check_words(path, number, line)


def test_words_of_claims() -> None:
    """The names of hostile programs are the hostile's own; the claim in the first line is ours."""
    for path in CLAIMED:
        if path.is_file() and "claim = " in (first := path.read_bytes().partition(b"\n")[0].decode(errors="replace")):
            check_words(path, 1, first)
