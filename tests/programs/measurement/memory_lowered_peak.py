#: claim = "A program that lowers its own peak RSS, again and again, does not move the memory limit by it."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
#: stdout = "lowered\n"
# proc_pid_clear_refs(5): writing 5 resets the peak that ru_maxrss is read from. The *figure* can be lowered so, ours as
# well as that of /usr/bin/time: it is what the program needed only where the program is honest. The limit is the cgroup's.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import mmap
import resource


def touch(size):
    block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for offset in range(0, size, mmap.PAGESIZE):
        block[offset] = 1
    return block


touch(60 << 20).close()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
print("lowered" if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before else "not lowered", flush=True)
touch(200 << 20)
sys.exit("BREACH: 200 MiB")
