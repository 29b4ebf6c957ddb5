"""The build hook of the wheel: it carries what the sandbox images are built from, for `zuko images build`, and the
hostile programs, for `zuko doctor --attack`.
"""

from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TO: Final = "zuko/images/context"
PROGRAMS: Final = "tests/corpus/programs"
DOCTOR: Final = "zuko/doctor/hostile"
_LEFT_OUT: Final = (
    *("docker/init/build/", "docker/init/tests/"),
    *("docker/lambda.", "docker/make-lambda-", "docker/service", "docker/database"),
)


def files(root: Path) -> list[str]:
    """Return the files of the build context, without what was compiled there, tests, and images of other things."""
    names = (path.relative_to(root).as_posix() for path in sorted((root / "docker").rglob("*")) if path.is_file())
    return [".dockerignore", *(name for name in names if not name.startswith(_LEFT_OUT) and "__pycache__" not in name)]


def programs(root: Path) -> list[str]:
    """Return the hostile programs."""
    found = sorted((root / PROGRAMS).rglob("*"))
    return [path.relative_to(root / PROGRAMS).as_posix() for path in found if path.is_file() and path.suffix != ".pyc"]


class ContextHook(BuildHookInterface[Any]):
    """Adds the build context. An editable installation finds it in the clone."""

    PLUGIN_NAME = "context"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a wheel."""
        if version != "editable":
            root = Path(self.root)
            build_data["force_include"].update({str(root / name): f"{TO}/{name}" for name in files(root)})
            corpus = root / PROGRAMS
            build_data["force_include"].update({str(corpus / name): f"{DOCTOR}/{name}" for name in programs(root)})
