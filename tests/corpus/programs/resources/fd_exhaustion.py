#: claim = "Open files run out in the program, not on the host, and the output still arrives."
#: status = "OK"
#: stdout = "contained: EMFILE\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

held = []
try:
    while len(held) < 5000:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError as refusal:
    if len(held) > 1024:
        sys.exit(f"BREACH: {len(held)} files were opened")
    print("contained:", errno.errorcode[refusal.errno])
else:
    sys.exit("BREACH: 5000 files were opened")
