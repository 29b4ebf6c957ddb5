"""The confinement of a sandbox's container: the strictest settings that work.

docs/reference/sandbox.md says why each of them is there, and tests read each back from the engine.
"""

from typing import Any, Final

from docker.types import LogConfig, Ulimit

import docker
from zuko.engine.seccomp import CELL_PROFILE, PROFILE
from zuko.types import Isolation, SandboxSpec

# Uids of `runner` in every image: docker/*.Dockerfile write them into /etc/passwd.
RUNNER_UIDS: Final = range(20000, 21000)
RUNNER_GID: Final = 20000
WRITABLE: Final = ("/workspace", "/tmp", "/dev/shm")  # noqa: S108 - paths in the container
QUEUES: Final = "/dev/mqueue"  # writable, too


# Has zuko-init report when a program sleeps. Not an argument: an older image would refuse that.
TELL_SLEEP: Final = "TELL_SLEEP"

# A process of ours beside zuko-init, where a container serves many submissions: the init of a run's namespaces. A warm
# runtime is one more.
CELL_PROCESSES: Final = 1
# infra/apparmor/zuko-cell. An engine whose host has no AppArmor ignores the name; others start no container with it
# before it is loaded.
CELL_APPARMOR: Final = "zuko-cell"
# Below /sys; /proc is masked by zuko-init, for each run.
MASKED: Final = ("/sys/firmware", "/sys/devices/virtual/powercap")
# In addition to `nofile`, which is a setting.
ULIMITS: Final = {
    "core": 0,
    "stack": -1,  # the memory limit is enough, and is reported when it is hit
    "memlock": 65536,
    "msgqueue": 819200,
    "sigpending": 256,
}


def container_options(
    api: docker.APIClient, spec: SandboxSpec, isolation: Isolation, core: int | None, uid: int
) -> dict[str, Any]:
    """Return the arguments of `create_container` for a sandbox, except for the image, the name and the labels.

    Args:
        api: a client of the engine.
        spec: how to make the sandbox.
        isolation: `NAMESPACES` or `CONTAINER`.
        core: the core that it may use, None for any.
        uid: the user of its programs, from `RUNNER_UIDS`.
    """
    return {
        "command": _arguments(spec, isolation),
        "environment": {TELL_SLEEP: "1"},  # of zuko-init; no program has it
        "user": f"{uid}:{RUNNER_GID}",
        "stdin_open": True,
        # PID 1 ignores the default, SIGTERM: an engine that stops, or comes back after it was killed, would wait 10 s
        # for its sandboxes and answer no request meanwhile. They have nothing to save.
        "stop_signal": "SIGKILL",
        # The same result as network_mode none, a namespace with only lo, without the two programs that the engine runs
        # to set up a network: they were half of a container's cost (measured: 310 to 170 ms).
        "network_disabled": not _shares_network(spec, isolation),
        "host_config": _host_config(api, spec, isolation, core),
    }


def _shares_network(spec: SandboxSpec, isolation: Isolation) -> bool:
    """Return whether zuko-init shares a network namespace with another one; never where programs are in it."""
    return bool(spec.beside) and isolation is Isolation.NAMESPACES


def _arguments(spec: SandboxSpec, isolation: Isolation) -> list[str]:
    arguments = ["--idle-seconds", str(spec.idle_s), "--isolation", isolation]
    for path, size in _sizes(spec).items():
        arguments += ["--writable", f"{path}=mode=1777,nr_inodes={spec.inodes},size={size}"]
    return [*arguments, "--writable", f"{QUEUES}=mqueue"]


def _sizes(spec: SandboxSpec) -> dict[str, int]:
    """Return the size of each tmpfs that programs may write to, bytes."""
    return dict(zip(WRITABLE, (spec.workspace_bytes, spec.tmp_bytes, spec.shm_bytes), strict=True))


def _host_config(api: docker.APIClient, spec: SandboxSpec, isolation: Isolation, core: int | None) -> Any:
    mount = f"rw,nosuid,nodev,noexec,mode=1777,nr_inodes={spec.inodes}"
    in_cell = isolation is Isolation.NAMESPACES
    memory_bytes = spec.memory_bytes + spec.warm_bytes(isolation)
    security = ["no-new-privileges:true"]
    if not spec.engine_seccomp:
        security.append(f"seccomp={CELL_PROFILE if in_cell else PROFILE}")
    if in_cell:
        security.append(f"apparmor={CELL_APPARMOR}")
    config = api.create_host_config(
        read_only=True,
        network_mode=f"container:{spec.beside}" if _shares_network(spec, isolation) else "none",
        cap_drop=["ALL"],
        security_opt=security,
        pids_limit=spec.pids + in_cell * (CELL_PROCESSES + (spec.warm is not None)),
        mem_limit=memory_bytes,
        memswap_limit=memory_bytes,  # memory and swap together: without it the container gets as much swap again
        nano_cpus=int(spec.cpus * 1e9),
        cpuset_cpus=None if core is None else str(core),
        ipc_mode="private",
        tmpfs=None if in_cell else {path: f"{mount},size={size}" for path, size in _sizes(spec).items()},
        ulimits=[
            Ulimit(name="nofile", soft=spec.open_files, hard=spec.open_files),
            *(Ulimit(name=name, soft=bound, hard=bound) for name, bound in ULIMITS.items()),
        ],
        log_config=LogConfig(type=LogConfig.types.NONE),
        auto_remove=True,
        runtime=spec.runtime,
    )
    if in_cell:
        # The kernel lets a new /proc be mounted only where the one that is there is not masked.
        config["MaskedPaths"] = list(MASKED)
        config["ReadonlyPaths"] = []
    return config
