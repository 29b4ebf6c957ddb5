"""Why a run ended: docker/init/cause.c, which is pure, against the table in docker/init/tests/cause.c."""

import subprocess

from tests.harness.supervisor import build


def test_every_row_of_the_table() -> None:
    """Each combination of facts has one cause, and the first one wins; under ASan and UBSan."""
    checked = subprocess.run([build() / "cause"], capture_output=True, check=False, text=True, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout + checked.stderr
