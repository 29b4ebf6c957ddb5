"""Test data of 2023-07 and 2025-09: one level of groups in `secret`, `test_group.yaml`, a YAML file per case."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from zuko.errors import ProblemError
from zuko.package.arguments import Arguments, Programs
from zuko.package.document import TEST_GROUP_YAML, Document, Strings, read_document, read_values
from zuko.package.files import PackageFiles
from zuko.package.metadata import Metadata
from zuko.package.static import CASE
from zuko.package.testdata import (
    MODERN_SUFFIXES,
    TESTDATA_YAML,
    DataReader,
    Folder,
    MakeChecker,
    TestData,
    list_folder,
    read_case_files,
)
from zuko.package.validators import check_arguments
from zuko.problem import Aggregation, CustomChecker, TestGroup

_KNOWN: Final = {"sample", "secret", "invalid_input", "invalid_output", "valid_output"}
_AGGREGATIONS: Final = {"pass-fail": Aggregation.PASS_FAIL, "sum": Aggregation.SUM, "min": Aggregation.MIN}
_SCORING_KEYS: Final = {"max_score", "score_aggregation", "require_pass", "scoring"}

_Points = Annotated[float, Field(ge=0, le=1e15)]
_Rule = Literal["pass-fail", "sum", "min"]


class _Scoring(Document):
    """Scoring in the draft 2023-07; 2025-09 has `max_score` and `score_aggregation` instead."""

    score: _Points | None = None
    max_score: object = None  # the draft says that it is computed from the rest
    aggregation: _Rule | None = None
    require_pass: Strings = ()


class _Case(Arguments):
    hint: str | None = None
    description: str | None = None


class _Group(Arguments):
    max_score: Annotated[int, Field(ge=0, le=10**15)] | Literal["unbounded"] | None = None
    score_aggregation: _Rule | None = None
    static_validation_score: Annotated[int, Field(ge=0, le=10**15)] | Literal["pass-fail"] | None = None
    static_validator_args: Strings | None = None
    require_pass: Strings = ()
    scoring: _Scoring | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    """How a directory is scored."""

    aggregation: Aggregation
    points: float | None  # the maximum; None: unbounded
    case_points: float | None  # of each case; None: computed from `points`
    requires: tuple[str, ...]
    static_points: float = 0.0  # of the static validation test case


class ModernReader(DataReader):
    """The test data of a package of 2023-07 or 2025-09.

    Args:
        files: the package.
        metadata: of problem.yaml.
        make_checker: makes a checker of arguments.
        notes: a note is added for each oddity.
        static: the package's static validator.
    """

    def __init__(
        self,
        files: PackageFiles,
        metadata: Metadata,
        make_checker: MakeChecker,
        notes: list[str],
        static: CustomChecker | None = None,
    ) -> None:
        super().__init__(files, metadata, make_checker, notes)
        self._static = static

    def read(self) -> TestData:
        """Read all of it.

        Raises:
            ProblemError: something in it is wrong or not supported.
        """
        scoring = self.metadata.scoring
        self._refuse_old_name(f"data/{TESTDATA_YAML}")
        above = self._top()
        for name in sorted(set(self.files.list("data")) - _KNOWN - {TESTDATA_YAML, TEST_GROUP_YAML}):
            self.notes.append(f"data/{name}: is not a directory of test data and is ignored")
        if self.files.is_dir("data/sample"):
            folder, config = self._folder("data/sample")
            self._refuse_scoring(folder, config, "sample")
            self.groups.append(TestGroup("sample", stop_at_failure=not scoring, counts=not scoring))
            self._add_static(folder, config, None)
            self._read_cases(folder, config, "sample", 0.0, above)
        self._read_secret(above)
        if self._static and not any(case.is_static for case in self.cases):
            self.notes.append("static_validator/: is not used: no test_group.yaml has a static_validation_score")
        return self.data(TestGroup("", stop_at_failure=not scoring))

    def _top(self) -> Programs:
        """Return the arguments that data/test_group.yaml gives to every case: BAPCtools has them there."""
        path = f"data/{TEST_GROUP_YAML}"
        if not self.files.is_file(path):
            return Programs()
        config = read_document(self.files, path, _Group, self.notes)
        if given := config.model_fields_set & _SCORING_KEYS:
            raise ProblemError(path, f"{min(given)}: belongs in {TEST_GROUP_YAML} of data/secret")
        return Programs().below(config, path, self.make_checker)

    def _read_secret(self, above: Programs) -> None:
        folder, config = self._folder("data/secret")
        grouped = [name for name in folder.directories if self._is_group(f"data/secret/{name}")]
        if grouped and (folder.cases or len(grouped) < len(folder.directories)):
            stray = next(iter(folder.cases), None) or next(x for x in folder.directories if x not in grouped)
            raise ProblemError(
                f"data/secret/{stray}", "is beside test data groups: secret contains either groups or cases"
            )
        rules = self._rules(folder, config, Aggregation.SUM, 100.0)
        self.groups.append(self._group("secret", None, rules))
        self._add_static(folder, config, rules)
        if not grouped:
            self._read_cases(folder, config, "secret", self._case_points(folder, rules), above)
            return
        programs = above.below(config, "data/secret", self.make_checker)
        for name in grouped:
            self._read_group(f"data/secret/{name}", rules, programs)

    def _read_group(self, path: str, secret: _Rules, programs: Programs) -> None:
        folder, config = self._folder(path)
        rules = self._rules(folder, config, Aggregation.PASS_FAIL, None)
        if self.metadata.scoring:
            where = folder.config or path
            if secret.aggregation is Aggregation.PASS_FAIL and rules.aggregation is not Aggregation.PASS_FAIL:
                raise ProblemError(where, "score_aggregation: must be pass-fail, like that of secret")
            bounded = rules.points is not None or rules.case_points is not None
            if not bounded and (secret.points is not None and secret.aggregation is not Aggregation.PASS_FAIL):
                raise ProblemError(where, "max_score: is missing, because that of secret is bounded")
        self.groups.append(self._group(folder.name, "secret", rules))
        before = len(self.cases)
        self._add_static(folder, config, rules)
        self._read_cases(folder, config, folder.name, self._case_points(folder, rules), programs)
        if len(self.cases) == before:
            raise ProblemError(path, "has no test cases")

    def _add_static(self, folder: Folder, config: _Group, rules: _Rules | None) -> None:
        """Add the static validation test case of a group, if it has one; it is judged before the others."""
        where = folder.config or folder.path
        score, arguments = config.static_validation_score, config.static_validator_args
        if score is None:
            if arguments is not None:
                raise ProblemError(where, "static_validator_args: static_validation_score is missing")
            return
        if self._static is None:
            raise ProblemError(where, "static_validation_score: there is no static_validator/")
        sums = self.metadata.scoring and rules is not None and rules.aggregation is not Aggregation.PASS_FAIL
        if (score == "pass-fail") == sums:
            meant = "a number, because its group has points" if sums else "pass-fail, because its group has no points"
            raise ProblemError(where, f"static_validation_score: must be {meant}")
        check_arguments(arguments or (), f"{where}: static_validator_args")
        points = float(score) if sums else 0.0
        self.add_static(
            f"{folder.name}/{CASE}", folder.name, points, CustomChecker(self._static.program, arguments or ())
        )

    def _read_cases(
        self, folder: Folder, config: _Group, group: str, points: float | None, inherited: Programs
    ) -> None:
        programs = inherited.below(config, folder.config or folder.path, self.make_checker)
        for name in folder.in_order():
            if name not in folder.cases:
                inner, inner_config = self._folder(f"{folder.path}/{name}")
                if inner.config is not None:
                    raise ProblemError(inner.config, "a group within a group is not allowed")
                self._read_cases(inner, inner_config, group, points, programs)
                continue
            own = programs
            others = folder.others[name]
            files = read_case_files(self.files, f"{folder.path}/{name}.files")
            if ".yaml" in others:
                path = f"{folder.path}/{name}.yaml"
                case = read_document(self.files, path, _Case, self.notes)
                own = programs.below(case, path, self.make_checker)
            self.add_case(
                folder,
                name,
                group=group,
                points=points,
                checker=own.checker,
                input_arguments=own.input_arguments,
                arguments=own.arguments,
                files=files,
            )

    def _folder(self, path: str) -> tuple[Folder, _Group]:
        names = (TEST_GROUP_YAML, TESTDATA_YAML)
        if self._has_draft_settings(path):
            names = (TESTDATA_YAML, TEST_GROUP_YAML)
            note = f"{path}/{TESTDATA_YAML}: is called {TEST_GROUP_YAML} in version {self.metadata.version}"
            if note not in self.notes:
                self.notes.append(note)
        else:
            self._refuse_old_name(f"{path}/{TESTDATA_YAML}")
        folder = list_folder(self.files, path, MODERN_SUFFIXES, names, self.notes)
        if folder.config is None:
            return folder, _Group()
        config = read_document(self.files, folder.config, _Group, self.notes)
        is_draft = self.metadata.version != "2025-09" or folder.config.endswith(f"/{TESTDATA_YAML}")
        if config.scoring is not None and not is_draft:
            raise ProblemError(folder.config, "scoring: 2025-09 uses max_score and score_aggregation instead")
        return folder, config

    def _has_draft_settings(self, path: str) -> bool:
        """Return whether a group has only the old file, with the keys of the draft: the format's examples have that."""
        old = f"{path}/{TESTDATA_YAML}"
        if self.files.is_file(f"{path}/{TEST_GROUP_YAML}") or not self.files.is_file(old):
            return False
        root = read_values(self.files, old, []).root
        return isinstance(root, dict) and bool(root) and set(root) <= set(_Group.model_fields)

    def _refuse_old_name(self, path: str) -> None:
        """Refuse the settings of a group under the name that the file had before; one without settings is ignored."""
        if not self.files.is_file(path):
            return
        values = read_values(self.files, path, self.notes)
        if values.root:
            raise ProblemError(
                path, f"is called {TEST_GROUP_YAML} in version {self.metadata.version}, which has other keys, too"
            )

    def _refuse_scoring(self, folder: Folder, config: _Group, where: str) -> None:
        if given := config.model_fields_set & _SCORING_KEYS:
            raise ProblemError(folder.config or folder.path, f"{min(given)}: is not allowed in {where}")

    def _is_group(self, path: str) -> bool:
        # In the draft every directory is a group; later only those with a test_group.yaml.
        has_settings = self.files.is_file(f"{path}/{TEST_GROUP_YAML}") or self._has_draft_settings(path)
        return self.metadata.version != "2025-09" or has_settings

    def _rules(self, folder: Folder, config: _Group, aggregation: Aggregation, most: float | None) -> _Rules:
        where = folder.config or folder.path
        if not self.metadata.scoring:
            self._refuse_scoring(folder, config, "pass-fail problems")
            return _Rules(Aggregation.SUM, None, 0.0, ())
        case_points: float | None = None
        requires = config.require_pass
        if config.scoring is not None:
            if config.max_score is not None or config.score_aggregation is not None:
                raise ProblemError(where, "scoring: replaces max_score and score_aggregation, give only one of them")
            requires = requires or config.scoring.require_pass
            aggregation = _AGGREGATIONS[config.scoring.aggregation or "sum"]
            case_points = config.scoring.score
            most = case_points if aggregation is not Aggregation.SUM else None
        elif config.score_aggregation is not None:
            aggregation = _AGGREGATIONS[config.score_aggregation]
        if config.max_score is not None:
            most = None if config.max_score == "unbounded" else float(config.max_score)
        if aggregation is Aggregation.PASS_FAIL and most is None:
            raise ProblemError(where, "max_score: is missing, a pass-fail group needs it")
        for name in requires:
            self._check_required(folder, where, name)
        static = config.static_validation_score
        static_points = float(static) if isinstance(static, int) else 0.0
        if most is not None and static_points > most:
            raise ProblemError(where, f"static_validation_score: is more than max_score, {most:g}")
        return _Rules(aggregation, most, case_points, requires, static_points)

    def _check_required(self, folder: Folder, where: str, name: str) -> None:
        if name == "sample":
            return
        known = {group.name: group for group in self.groups}
        required = known.get(name) if folder.name != "secret" else None
        if required is None or required.parent is None:
            raise ProblemError(where, f"require_pass: {name[:60]!r} is not a group before {folder.name}")
        if required.aggregation is not Aggregation.PASS_FAIL:
            raise ProblemError(where, f"require_pass: {name} is not pass-fail")

    def _group(self, name: str, parent: str | None, rules: _Rules) -> TestGroup:
        has_sample = any(group.name == "sample" for group in self.groups)
        return TestGroup(
            name=name,
            parent=parent,
            aggregation=rules.aggregation,
            points=rules.points,
            # After a failure the group cannot bring points any more, so stopping loses nothing.
            stop_at_failure=not self.metadata.scoring or rules.aggregation is not Aggregation.SUM,
            requires=tuple(each for each in rules.requires if each != "sample" or has_sample),
        )

    def _case_points(self, folder: Folder, rules: _Rules) -> float | None:
        """Return the points of each case: the group's if the minimum counts, an equal share of it for a sum."""
        if not self.metadata.scoring or rules.aggregation is Aggregation.PASS_FAIL:
            return 0.0
        if rules.case_points is not None or rules.points is None or rules.aggregation is Aggregation.MIN:
            return rules.points if rules.case_points is None else rules.case_points
        count = self._count(folder)
        return (rules.points - rules.static_points) / count if count else 0.0

    def _count(self, folder: Folder) -> int:
        inner = (self._folder(f"{folder.path}/{name}")[0] for name in folder.directories)
        return len(folder.cases) + sum(map(self._count, inner))
