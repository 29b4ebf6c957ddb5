"""The prose of the code: docstrings begin with a verb, and the words are those of other projects."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests import ROOT
from tests.harness.syntax import statements

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
    for node in statements(path):
        if isinstance(node, _Documented) and (text := ast.get_docstring(node, clean=False) or "").strip():
            yield node, text.split(maxsplit=1)[0].rstrip(",.:;")


def is_test(node: _Documented) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")


def is_property(node: _Documented) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(isinstance(each, ast.Name) and each.id in ("property", "cached_property") for each in decorators)


def odd_words(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Yield where a word of ours stands that others do not use, and what they write instead."""
    for number, line in lines:
        for found in _ODD.finditer(line):
            word = found[0].lower()
            yield f"{name(path)}:{number}: {word!r}; instead: {_INSTEAD[word]}"


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a module's strings and comments, with their numbers, if an odd word stands in it anywhere."""
    text = path.read_text()
    if not _ODD.search(text):  # as in nearly all: dividing a module takes ten times as long
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.STRING, tokenize.FSTRING_MIDDLE, tokenize.COMMENT):
            yield from enumerate(token.string.splitlines(), token.start[0])


def no_verbs(path: Path) -> Iterator[str]:
    """Yield the docstrings that do not begin as they should."""
    for node, first in documented(path):
        where = f"{name(path)}:{getattr(node, 'lineno', 1)}"
        if is_test(node):
            continue
        if first in _CLAUSES:
            yield f"{where}: a docstring begins with {first!r}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_property(node):
            if first.endswith("s") and first not in _VERBS_IN_S:
                yield f"{where}: {first!r} is not a verb in its plain form"
            if first in _NO_VERBS:
                yield f"{where}: a function's docstring begins with {first!r}, not with a verb"


def test_docstrings_begin_with_a_verb() -> None:
    """Docstrings of modules, classes and properties may be nouns, and those of tests are claims."""
    wrong = [each for path in (*MODULES, *TESTS) for each in no_verbs(path)]
    assert not wrong, "\n".join(wrong)


def test_words() -> None:
    """Docstrings, messages and comments use the words of other projects."""
    wrong = [each for path in (*MODULES, *TESTS) for each in odd_words(path, prose(path))]
    assert not wrong, "\n".join(wrong)


def test_words_of_other_texts() -> None:
    wrong = [word for path in TEXTS for word in odd_words(path, enumerate(path.read_text().splitlines(), 1))]
    assert not wrong, "\n".join(wrong)


def test_words_of_claims() -> None:
    """The names of hostile programs are the hostile's own; the claim in the first line is ours."""
    wrong = list[str]()
    for path in CLAIMED:
        if path.is_file() and "claim = " in (first := path.read_bytes().partition(b"\n")[0].decode(errors="replace")):
            wrong += odd_words(path, [(1, first)])
    assert not wrong, "\n".join(wrong)
