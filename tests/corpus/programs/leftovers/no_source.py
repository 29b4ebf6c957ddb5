#: claim = "A program may delete its own source, its folder's entry or turn it into a folder: the next finds its own."
#: status = "OK"
#: stdout = "clean\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

if os.listdir("/workspace") != ["main.py"] or "no own source" not in open("main.py").read():  # no own source
    sys.exit(f"BREACH: found {os.listdir('/workspace')}")
os.unlink("main.py")
os.mkdir("main.py")
os.mkdir("main.py/main.py")
os.chmod("main.py", 0)
print("clean")
