#: claim = "A tree of 3,000 levels, far beyond PATH_MAX, is gone for the next program."
#: timeout = 5
#: status = "OK"
#: stdout = "clean\n"
# A cleaner that recurses runs out of stack, one that joins paths runs out of PATH_MAX (isolate: "Once upon a time, we used nftw()").
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

if os.listdir("/tmp"):
    sys.exit(f"BREACH: found {os.listdir('/tmp')}")
os.chdir("/tmp")
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
print("clean")
