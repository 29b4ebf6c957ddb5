"""Describe, for its operator, what would allow namespaces for each run on a Docker host that refuses them."""

from typing import Final

_LOAD: Final = "load Zuko's profile there with `infra/docker-host.sh apparmor`"
_GVISOR: Final = "use a runtime that offers them (runc, crun); gVisor's does not, and needs them less"
# By the beginning of the refusal, most special first. zuko-init's name the step that failed (docker/init/box.c).
_HINTS: Final = (
    (
        "mount /proc: Operation not permitted",
        "let sandboxes mount a new /proc: the engine has to accept MaskedPaths and ReadonlyPaths of a container",
    ),
    ("AppArmor", f"{_LOAD}, and restart the service"),
    ("mount", f"a security module of the Docker host forbids mounts; where it is AppArmor, {_LOAD}"),
    (
        "clone: No space left on device",
        "raise the sysctl user.max_user_namespaces on the Docker host (and the others of user.max_*_namespaces)",
    ),
    (
        "clone: Operation not permitted",
        "allow user namespaces on the Docker host (the sysctl kernel.unprivileged_userns_clone=1), and leave"
        " ZUKO_ENGINE_SECCOMP unset: the engine's own seccomp profile forbids them",
    ),
    ("write self/setgroups: No such file or directory", _GVISOR),
    ("no counter of the cgroup", _GVISOR),
)
_OTHERWISE: Final = "see docs/how-to/isolation.md"


def hint(refusal: str) -> str:
    """Return what would allow namespaces for each run.

    Args:
        refusal: the step of zuko-init that failed, and its error.
    """
    advice = next((advice for begin, advice in _HINTS if refusal.startswith(begin)), _OTHERWISE)
    return f"namespaces for each run are not possible here ({refusal}): {advice}"
