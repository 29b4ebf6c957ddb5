#: claim = "Nothing of PID 1's in /proc can be written: not its memory, not its place in the OOM killer's order."
#: status = "OK"
#: stdout_contains = ["contained: mem", "contained: oom_score_adj", "contained: comm", "contained: clear_refs", "contained: fd/1"]
#: stdout_excludes = ["BREACH"]
# oom_score_adj 1000 on PID 1 would have the kernel kill the supervisor in place of the program.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

for name, text in {
    "mem": b"\0", "oom_score_adj": b"1000", "oom_adj": b"15", "comm": b"forged", "clear_refs": b"5", "coredump_filter": b"ff",
    "autogroup": b"19", "sched": b"0", "timerslack_ns": b"50000", "setgroups": b"deny", "uid_map": b"0 0 1", "gid_map": b"0 0 1",
    "loginuid": b"0", "make-it-fail": b"1", "attr/current": b"unconfined", "attr/exec": b"unconfined",
    "fd/0": b"forged", "fd/1": b"forged", "fd/2": b"forged", "fd/3": b"forged", "fd/4": b"forged", "fd/5": b"forged",
    "task/1/comm": b"forged", "task/1/oom_score_adj": b"1000",
}.items():
    try:
        fd = os.open(f"/proc/1/{name}", os.O_WRONLY)
        os.write(fd, text)
    except FileNotFoundError:
        continue  # not in this kernel
    except OSError as refusal:
        print("contained:", name, errno.errorcode[refusal.errno])
    else:
        sys.exit(f"BREACH: wrote /proc/1/{name}")
