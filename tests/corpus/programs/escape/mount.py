#: claim = "Nothing can be mounted, unmounted or pivoted, by the old calls or the new ones."
#: status = "OK"
#: stdout = "contained: mount EPERM\ncontained: umount2 EPERM\ncontained: pivot_root EPERM\ncontained: chroot EPERM\ncontained: open_tree\ncontained: move_mount\ncontained: fsopen\ncontained: fsconfig\ncontained: fsmount\ncontained: fspick\ncontained: mount_setattr\n"
# fsconfig was CVE-2022-0185. The newer calls answer EPERM or ENOSYS by how old the engine's profile is.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
here = b"/workspace"


def attempt(name, *call, tell=False, allowed=("EPERM",)):
    if libc.syscall(*call) != -1:
        sys.exit(f"BREACH: {name} was allowed")
    code = errno.errorcode[ctypes.get_errno()]
    if code not in allowed:
        sys.exit(f"BREACH: {name} got as far as {code}")
    print("contained:", name, *[code] * tell)


attempt("mount", 165, b"none", here, b"tmpfs", 0, None, tell=True)
attempt("umount2", 166, b"/proc", 2, tell=True)
attempt("pivot_root", 155, here, here, tell=True)
attempt("chroot", 161, here, tell=True)
for name, number in {
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
}.items():
    attempt(name, number, 0, 0, 0, 0, 0, allowed=("EPERM", "ENOSYS"))
