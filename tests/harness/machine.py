"""Other processes of the machine: whether one runs, and which compute where a test found the machine too slow."""

import time
from pathlib import Path
from typing import Final

import psutil

SEEN_MAX: Final = 12  # processes
COMMAND_MAX: Final = 100  # characters


def describe_load(window_s: float = 2.0) -> str:
    """Return the processes that compute most, with cgroups and cores, and the time that the hypervisor took."""
    processes = [(process, _cpu_s(process)) for process in psutil.process_iter()]
    before = psutil.cpu_times()
    time.sleep(window_s)  # the window itself
    after = psutil.cpu_times()
    spent = sorted(((_cpu_s(process) - was, process.pid) for process, was in processes), reverse=True)[:SEEN_MAX]
    lines = [
        f"load {psutil.getloadavg()[0]:.1f}; of {window_s:g} s on each core the hypervisor took "
        f"{after.steal - before.steal:.2f} s in all, and {after.idle - before.idle:.2f} s were idle",
        *(f"{spent_s:5.2f} s of CPU time: {_described(pid)}" for spent_s, pid in spent if spent_s > 0),
    ]
    return "\n".join(lines)


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return times.user + times.system


def _described(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        cgroup = Path(f"/proc/{pid}/cgroup").read_text().split("\n")[0].rpartition(":")[2]
        place = f"nice {process.nice()}, cores {process.cpu_affinity()}, cgroup {cgroup}"
        return f"{pid} of {process.ppid()}, {place}: {' '.join(process.cmdline())[:COMMAND_MAX]}"
    except (psutil.Error, OSError):
        return f"{pid}, which has ended"


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs: one that has been killed ends some time after the signal."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
