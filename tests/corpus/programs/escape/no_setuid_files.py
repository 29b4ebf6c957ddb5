#: claim = "The image holds no set-uid or set-gid file and none with file capabilities."
#: timeout = 5
#: status = "OK"
#: stdout = "contained: no file gives rights\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import stat

for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
    for name in files:
        path = os.path.join(folder, name)
        try:
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                sys.exit(f"BREACH: {path} is set-uid or set-gid")
            if stat.S_ISREG(mode) and "security.capability" in os.listxattr(path):
                sys.exit(f"BREACH: {path} has file capabilities")
        except OSError:
            pass
print("contained: no file gives rights")
