#: claim = "A program finds every writable place empty except for its own source, whatever the last one left."
#: status = "OK"
#: stdout = "clean\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

found = {folder: sorted(os.listdir(folder)) for folder in ("/workspace", "/tmp", "/dev/shm", "/dev/mqueue")}
if found != {"/workspace": ["main.py"], "/tmp": [], "/dev/shm": [], "/dev/mqueue": []}:
    sys.exit(f"BREACH: found {found}")
for folder in ("/workspace", "/tmp", "/dev/shm"):
    for name in ("word", ".hidden", "sitecustomize.py", "os.py", "python312.zip"):
        with open(f"{folder}/{name}", "w") as file:
            file.write("print('from the last program')\n")
print("clean")
