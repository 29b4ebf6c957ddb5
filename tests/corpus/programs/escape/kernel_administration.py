#: claim = "Calls that run the machine (kexec, modules, reboot, swap, clocks, names, ports) are all refused."
#: status = "OK"
#: stdout = "contained: 22 calls\n"
# Only EPERM and ENOSYS count: EINVAL or EFAULT would mean that the kernel itself had looked at the arguments.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "acct": 163, "settimeofday": 164, "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171,
    "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176, "quotactl": 179, "clock_settime": 227,
    "kexec_load": 246, "migrate_pages": 256, "move_pages": 279, "fanotify_init": 300, "open_by_handle_at": 304,
    "finit_module": 313, "kexec_file_load": 320, "vhangup": 153, "syslog": 103,
}
for name, number in CALLS.items():
    arguments = (3, 0, 0) if name in ("iopl", "syslog") else (0, 0, 0)
    if libc.syscall(number, *arguments, 0, 0, 0) != -1:
        sys.exit(f"BREACH: {name}")
    code = errno.errorcode[ctypes.get_errno()]
    if code not in ("EPERM", "ENOSYS"):
        sys.exit(f"BREACH: {name} got as far as {code}")
print("contained:", len(CALLS), "calls")
