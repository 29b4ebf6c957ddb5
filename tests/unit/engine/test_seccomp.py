"""The outer seccomp profile against the inner filter."""

import json
import re

from tests import ROOT
from zuko.engine.seccomp import PROFILE, REFUSED


def test_outer_profile_repeats_the_inner_filter() -> None:
    """One that only the outer one knew would be open where the engine has no such profile (gVisor)."""
    inner = set(re.findall(r"\bCALL\((\w+), \w+\)", (ROOT / "docker/init/confine.c").read_text()))
    never_made = {"umount", "stime", "nfsservctl", "vm86", "vm86old"}  # 32-bit calls, and one that Linux 3.1 dropped
    assert set(REFUSED) - inner == never_made


def test_profile_lets_foreign_calls_through_to_the_inner_filter() -> None:
    """The inner one ends the run and says why; an engine that killed the process would leave it a riddle."""
    profile = json.loads(PROFILE)
    assert {each["architecture"]: each["subArchitectures"] for each in profile["archMap"]} == {
        "SCMP_ARCH_X86_64": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "SCMP_ARCH_AARCH64": ["SCMP_ARCH_ARM"],
    }
