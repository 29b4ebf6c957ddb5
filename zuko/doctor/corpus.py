"""The hostile programs: in the installed package, to which a wheel copies them, or in a clone."""

from pathlib import Path

import zuko
from zuko.errors import ZukoError


def find_corpus(package: Path | None = None) -> Path:
    """Return the directory of the programs, with a directory for each kind.

    Args:
        package: directory of the package `zuko`; None: the one that is imported.

    Raises:
        ZukoError: this installation has none, as the package of a Lambda function.
    """
    package = package or Path(zuko.__file__).parent
    for root in (package / "doctor" / "hostile", package.parent / "tests" / "corpus" / "programs"):
        if (root / "attack.h").is_file():
            return root
    raise ZukoError("this installation of Zuko does not have the hostile programs")
